// A form for a value, from the schema that apps/workflows/admin/form_schema.py writes: JSON Editor, bent to the admin.
//
// The server decides which fields there are and what is wrong with them; the library only draws and reads them.
import { made } from "./elements.js";
import { ChoiceEditor, JsonEditor, KeysEditor, MomentEditor } from "./schema-fields.js";
import { Theme } from "./schema-theme.js";

const { JSONEditor } = window;
const { array: ArrayEditor, multiple: MultipleEditor, object: ObjectEditor } = JSONEditor.defaults.editors;

// The library reads texts and values as HTML, to take tags out of them. Here they are what they are.
JSONEditor.AbstractEditor.prototype.cleanText = (text) => text;
JSONEditor.AbstractEditor.prototype.purify = (value) => value;
// What nobody filled in is not there, and no zero and no empty text.
JSONEditor.AbstractEditor.prototype.getDefault = function getDefault() {
    const empty = { object: {}, array: [], null: null, boolean: this.isRequired() ? false : undefined };
    return this.schema.default ?? empty[this.schema.type];
};


const OURS = { choice: ChoiceEditor, json: JsonEditor, moment: MomentEditor };
JSONEditor.defaults.themes.admin = Theme;
Object.assign(JSONEditor.defaults.editors, OURS, { object: KeysEditor });
JSONEditor.defaults.resolvers.unshift((schema) => Object.hasOwn(OURS, schema.format ?? "") && schema.format);
// What is wrong is the server's word.
for (const { prototype } of Object.values(JSONEditor.defaults.editors)) {
    prototype.showValidationErrors = () => {};
}

const OPTIONS = {
    theme: "admin",
    form_name_root: "input",
    use_name_attributes: false,
    use_default_values: false,
    show_errors: "never",
    disable_collapse: true,
    disable_edit_json: true,
    disable_properties: true,
    disable_array_delete_all_rows: true,
    disable_array_delete_last_row: true,
    prompt_before_delete: false,
};

// How the ids of the texts begin that say what is wrong.
const PROBLEM = "input-problem-";

const isEmpty = (value) => value === "" || (typeof value === "object" && value !== null && !Object.keys(value).length);

// The value of a field; undefined if there is none. A text that was left empty is none.
function read(editor) {
    if (editor instanceof MultipleEditor) {
        return read(editor.editors[editor.type]);
    }
    if (editor instanceof ArrayEditor) {
        return editor.rows.map((row) => read(row) ?? null);
    }
    if (!(editor instanceof ObjectEditor)) {
        const value = editor.getValue();
        return typeof value === "number" && !Number.isFinite(value) ? String(editor.input.value) : value;
    }
    const pairs = Object.entries(editor.editors).map(([key, child]) => [key, read(child), child.isRequired()]);
    const isGiven = (value, wanted) => value !== undefined && value !== "" && (wanted || !isEmpty(value));
    const given = pairs.filter(([, value, wanted]) => isGiven(value, wanted));
    return Object.fromEntries(given.map(([key, value]) => [key, value]));
}

function* walk(editor, pointer = "") {
    yield [pointer, editor];
    if (editor instanceof MultipleEditor) {
        yield* walk(editor.editors[editor.type], pointer);
    } else if (editor instanceof ArrayEditor) {
        for (const [index, row] of editor.rows.entries()) {
            yield* walk(row, `${pointer}/${index}`);
        }
    } else if (editor instanceof ObjectEditor) {
        for (const [key, child] of Object.entries(editor.editors)) {
            yield* walk(child, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
        }
    }
}

export class SchemaForm {
    #holder;
    #editor = null;
    #written = "";
    #changed;

    constructor(holder, changed) {
        this.#holder = holder;
        this.#changed = changed;
    }

    // Draws the fields anew, with this value; without one, with what the schema says to begin with.
    async fill(fields, value) {
        this.#written = JSON.stringify(fields);
        this.#editor?.destroy();
        const startval = value === undefined ? {} : { startval: value };
        this.#editor = new JSONEditor(this.#holder, { ...OPTIONS, schema: structuredClone(fields), ...startval });
        await this.#editor.promise;
        this.#editor.on("change", () => this.#changed());
    }

    // Draws other fields for the value that stands there; what is focused and chosen stays so. Whether it was needed.
    async redraw(fields) {
        if (JSON.stringify(fields) === this.#written) {
            return false;
        }
        const { id, selectionStart, selectionEnd } = document.activeElement;
        const focused = this.#holder.contains(document.activeElement);
        if (focused) {
            // What is being typed becomes a value by that.
            document.activeElement.blur();
        }
        const chosen = this.chosen();
        await this.fill(fields, this.value);
        this.#choose(chosen);
        const field = focused ? document.getElementById(id) : null;
        field?.focus();
        if (typeof selectionStart === "number") {
            field?.setSelectionRange?.(selectionStart, selectionEnd);
        }
        return true;
    }

    #choose(chosen) {
        for (const [pointer, editor] of walk(this.#editor.root)) {
            const index = chosen[pointer] ?? editor.type;
            if (editor instanceof MultipleEditor && index !== editor.type && index < editor.types.length) {
                editor.switchEditor(index);
                editor.switcher.value = editor.display_text[index];
            }
        }
    }

    get value() {
        return read(this.#editor.root) ?? {};
    }

    // Which of several shapes is chosen, by the place it is chosen for.
    chosen() {
        const shapes = [...walk(this.#editor.root)].filter(([, editor]) => editor instanceof MultipleEditor);
        return Object.fromEntries(shapes.map(([pointer, editor]) => [pointer, editor.type]));
    }

    // What does not look like what is wanted: such as a text that is no JSON, or half a date.
    broken() {
        const said = [...walk(this.#editor.root)].map(([pointer, editor]) => ({ pointer, message: brokenIn(editor) }));
        return said.filter(({ message }) => message);
    }

    pointerOf(element) {
        const holds = [...walk(this.#editor.root)].filter(([, editor]) => editor.container?.contains(element));
        return holds.at(-1)?.[0];
    }

    // Where a problem belongs: the field that its pointer names, or the one around it that is drawn.
    #fieldOf(pointer, fields) {
        for (let place = pointer; place; place = place.slice(0, place.lastIndexOf("/"))) {
            if (fields.has(place)) {
                return fields.get(place);
            }
        }
        return fields.get("");
    }

    // Shows each problem at its field; gives back how to reach them.
    mark(problems) {
        const fields = new Map(walk(this.#editor.root));
        for (const said of this.#holder.querySelectorAll(".bs-wrong")) {
            said.remove();
        }
        for (const marked of this.#holder.querySelectorAll("[aria-invalid]")) {
            marked.removeAttribute("aria-invalid");
            describe(marked, (ids) => ids.filter((id) => !id.startsWith(PROBLEM)));
        }
        return problems.map((problem, index) => {
            const editor = this.#fieldOf(problem.pointer, fields);
            const input = markField(editor, problem.message, `${PROBLEM}${index}`);
            const named = titleOf(editor);
            return { ...problem, where: named, go: () => input?.focus() };
        });
    }
}

// Changes the ids of what describes a field to readers of screens.
function describe(input, changed) {
    const ids = changed((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
    input.setAttribute("aria-describedby", ids.join(" "));
}

const WANTED = {
    email: "is not an email address",
    url: "is not an address such as https://example.com/",
    date: "is not a date",
    "datetime-local": "is not a time",
};

// The server takes formats for words to people: a browser can tell what is none.
function brokenIn({ broken, input }) {
    const odd = input?.validity?.typeMismatch || input?.validity?.badInput;
    return broken || (odd ? WANTED[input.type] : "");
}

function titleOf(editor) {
    const outer = editor.parent instanceof MultipleEditor ? editor.parent : editor;
    return outer.parent ? outer.getTitle() : "Input";
}

function markField(editor, message, id) {
    const said = made("p", { className: "bs-wrong", id, textContent: message });
    const place = editor.control ?? editor.error_holder ?? editor.container;
    if (place === editor.error_holder) {
        place.style.display = "";
    }
    place.append(said);
    const input = editor.input ?? editor.container.querySelector("input, select, textarea, button");
    if (editor.input) {
        input.setAttribute("aria-invalid", "true");
        describe(input, (ids) => [...ids, id]);
    }
    return input;
}
