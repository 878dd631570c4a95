// Fields that JSON Editor does not have: see apps/workflows/admin/form_fields.py.
import { made } from "./elements.js";

const { JSONEditor } = window;

class Field extends JSONEditor.AbstractEditor {
    build() {
        this.label = this.header = this.theme.getFormInputLabel(this.getTitle(), this.isRequired());
        if (this.schema.description) {
            this.description = this.theme.getFormInputDescription(this.schema.description);
        }
        this.input = this.makeInput();
        this.input.addEventListener("change", (event) => {
            event.stopPropagation();
            this.taken();
            this.onChange(true);
        });
        this.control = this.theme.getFormControl(this.label, this.input, this.description, null, this.formname);
        this.container.append(this.control);
    }

    setValue(value) {
        this.show(value);
        this.taken();
        this.onChange(true);
    }

    enable() {
        this.input.disabled = false;
        super.enable();
    }

    disable() {
        this.input.disabled = true;
        super.disable();
    }

    destroy() {
        this.control?.remove();
        super.destroy();
    }
}

const button = (text) => made("button", { type: "button", className: "bs-button bs-small", textContent: text });

// An object: the keys that its schema names stay in sight when the value is without them, others come and go.
export class KeysEditor extends JSONEditor.defaults.editors.object {
    build() {
        super.build();
        if (this.options.keys) {
            this.container.append(this.#adder());
        }
    }

    #adder() {
        const name = made("input", { id: `${this.formname}-key` });
        const label = made("label", { htmlFor: name.id, textContent: "Key name" });
        const add = button("Add key");
        add.addEventListener("click", () => {
            if (name.value && !this.editors[name.value]) {
                this.addObjectProperty(name.value);
                this.editors[name.value].container.querySelector("input, select, textarea")?.focus();
                name.value = "";
                this.onChange(true);
            }
        });
        name.addEventListener("keydown", (event) => {
            if (event.key === "Enter") {
                event.preventDefault();
                add.click();
            }
        });
        const holder = made("div", { className: "bs-inline bs-keys" });
        holder.append(label, name, add);
        return holder;
    }

    addObjectProperty(name, prebuildOnly) {
        const isNew = !this.cached_editors[name];
        super.addObjectProperty(name, prebuildOnly);
        const editor = this.editors[name];
        if (isNew && editor && !prebuildOnly && !Object.hasOwn(this.schema.properties, name)) {
            const remove = button(`Remove ${name}`);
            remove.addEventListener("click", () => {
                this.removeObjectProperty(name);
                this.onChange(true);
            });
            editor.container.append(remove);
        }
    }

    setValue(value, initial) {
        const given = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
        for (const [key, editor] of Object.entries(this.cached_editors)) {
            if (Object.hasOwn(given, key)) {
                this.addObjectProperty(key);
                editor.setValue(given[key], initial);
            } else if (Object.hasOwn(this.schema.properties, key)) {
                editor.setValue(initial ? editor.getDefault() : undefined, initial);
            } else {
                this.removeObjectProperty(key);
            }
        }
        for (const [key, item] of Object.entries(given)) {
            if (!Object.hasOwn(this.cached_editors, key)) {
                this.addObjectProperty(key);
                this.editors[key]?.setValue(item, initial);
            }
        }
        this.refreshValue();
        this.layoutEditors();
        this.onChange();
    }
}

// One of `enum`, any scalars; an entry for none where that may be.
export class ChoiceEditor extends Field {
    makeInput() {
        const select = document.createElement("select");
        const { enum: values, options } = this.schema;
        const settled = this.isRequired() && (values.length === 1 || this.schema.default !== undefined);
        if (!settled) {
            select.add(new Option("", ""));
        }
        values.forEach((_, index) => select.add(new Option(options.titles[index], String(index))));
        return select;
    }

    getDefault() {
        const { default: given, enum: values } = this.schema;
        return given === undefined && this.isRequired() && values.length === 1 ? values[0] : given;
    }

    show(value) {
        const text = JSON.stringify(value);
        const index = this.schema.enum.findIndex((one) => JSON.stringify(one) === text);
        if (index < 0 && value !== undefined) {
            this.other = value;
            this.input.add(new Option(text, "other"));
        }
        this.input.value = index >= 0 ? String(index) : value === undefined ? "" : "other";
    }

    taken() {
        const { value } = this.input;
        this.value = value === "other" ? this.other : value ? this.schema.enum[Number(value)] : undefined;
    }
}

// Any JSON, as text.
export class JsonEditor extends Field {
    makeInput() {
        const secret = this.schema.options.secret;
        const shared = { className: "bs-code", spellcheck: false, autocomplete: "off", placeholder: "JSON" };
        return secret ? made("input", { ...shared, type: "password" }) : made("textarea", { ...shared, rows: 3 });
    }

    getDefault() {
        return this.schema.default;
    }

    show(value) {
        this.input.value = value === undefined ? "" : JSON.stringify(value, null, this.schema.options.secret ? 0 : 2);
    }

    taken() {
        this.broken = "";
        this.value = undefined;
        const text = this.input.value.trim();
        if (text) {
            try {
                this.value = JSON.parse(text);
            } catch {
                this.broken = "is not JSON";
            }
        }
    }
}

// A time, shown in UTC.
export class MomentEditor extends Field {
    makeInput() {
        this.label.append(made("span", { className: "bs-quiet", textContent: " (UTC)" }));
        return made("input", { type: "datetime-local", step: "1" });
    }

    getDefault() {
        return this.schema.default;
    }

    show(value) {
        const time = new Date(value ?? NaN);
        if (value !== undefined && Number.isNaN(time.getTime())) {
            // What is not a time stays, so that it can be fixed.
            this.input.type = "text";
            this.input.value = String(value);
        } else {
            this.input.value = value === undefined ? "" : time.toISOString().slice(0, 19);
        }
        this.given = { shown: this.input.value, value };
    }

    taken() {
        const { value } = this.input;
        if (value === this.given?.shown) {
            this.value = this.given.value;
        } else if (this.input.type === "text") {
            this.value = value || undefined;
        } else {
            this.value = value ? `${value.length === 16 ? `${value}:00` : value}Z` : undefined;
        }
    }
}
