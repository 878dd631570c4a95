// The page that starts a workflow: its input as a form or as JSON text, checked by the server while it is written.
import { CodeEditor } from "./code-editor.js";
import { list } from "./problems.js";
import { latest, post } from "./requests.js";
import { SchemaForm } from "./schema-form.js";

const UNREACHABLE = "The server cannot be reached. The input will be checked when you start.";

class StartPage {
    #page;
    #text;
    #mode = "form";
    #drawn = false;
    #drawing = false;
    #problems = [];
    // Problems are shown at the fields that somebody was at; once it was tried to start, at all.
    #touched = new Set();
    #showAll;

    constructor(page) {
        this.#page = page;
        this.#text = page.querySelector("[name=input]");
        this.#showAll = page.hasAttribute("data-sent");
        this.check = latest(
            (signal) => this.#ask(signal),
            (answer) => this.#answered(answer),
            () => this.#say(UNREACHABLE),
        );
        this.form = new SchemaForm(this.#part("form"), () => this.#formChanged());
        this.code = new CodeEditor(this.#text, { language: "json", changed: () => this.check.soon() });
        this.#listen();
        this.#show("form");
    }

    #part(name) {
        return this.#page.querySelector(`[data-${name}]`);
    }

    #listen() {
        this.#part("modes").hidden = false;
        for (const button of this.#part("modes").querySelectorAll("button")) {
            button.addEventListener("click", () => this.#switchTo(button.value));
        }
        this.#page.elements.version.addEventListener("change", () => this.check.now());
        this.#part("form").addEventListener("focusout", ({ target }) => this.#left(target));
        this.#page.addEventListener("submit", (event) => this.#start(event));
    }

    #ask(signal) {
        const chosen = this.#mode === "form" && this.#drawn ? this.form.chosen() : {};
        // Before the form is there, the text area holds a sketch for those who have no form.
        const input = this.#drawn || this.#showAll || this.#mode === "json" ? this.#text.value : "";
        const fields = { version: this.#page.elements.version.value, input };
        return post(this.#page.dataset.check, { ...fields, chosen: JSON.stringify(chosen) }, signal);
    }

    async #answered({ fields, note, problems }) {
        this.#problems = problems;
        if (this.#mode === "form" && fields) {
            await this.#draw(fields);
        } else if (this.#mode === "form") {
            this.#show("json");
            this.#say(note);
        }
        this.#mark();
    }

    async #draw(fields) {
        this.#drawing = true;
        if (!this.#drawn) {
            await this.form.fill(fields, this.#showAll ? JSON.parse(this.#text.value) : undefined);
            this.#drawn = true;
            this.#formChanged();
        } else if (await this.form.redraw(fields)) {
            this.#formChanged();
        }
        this.#drawing = false;
    }

    // The library tells of changes a moment later than they are made: before the text is used, it is written again.
    #writeText() {
        if (this.#mode === "form" && this.#drawn) {
            this.#text.value = JSON.stringify(this.form.value, null, 2);
        }
    }

    #formChanged() {
        this.#writeText();
        this.check.soon();
    }

    #left(element) {
        const pointer = this.#drawing ? undefined : this.form.pointerOf(element);
        if (pointer !== undefined) {
            this.#touched.add(pointer);
            // Not at once: what appears now moves the button that is just being clicked.
            this.check.soon();
        }
    }

    #mark() {
        if (this.#mode === "json") {
            this.code.mark(this.#problems);
            list(this.#part("problems"), this.code.places(this.#problems));
            return;
        }
        const all = [...this.form.broken(), ...this.#problems];
        const marked = this.form.mark(all.filter((one) => this.#showAll || this.#touched.has(one.pointer)));
        list(this.#part("problems"), this.#showAll ? marked : []);
    }

    #say(words) {
        this.#part("note").textContent = words ?? "";
    }

    #show(mode) {
        this.#mode = mode;
        for (const button of this.#part("modes").querySelectorAll("button")) {
            button.setAttribute("aria-pressed", String(button.value === mode));
        }
        this.#part("form").hidden = mode !== "form";
        this.code.shown = mode === "json";
        this.code.text = this.#text.value;
        this.#say("");
    }

    async #switchTo(mode) {
        this.#writeText();
        if (mode === "json") {
            this.#show(mode);
            await this.check.now();
            return;
        }
        const { fields, note } = await this.#ask();
        if (!fields) {
            this.#say(note);
            return;
        }
        this.#show(mode);
        await this.form.fill(fields, JSON.parse(this.#text.value));
        this.#formChanged();
    }

    async #start(event) {
        event.preventDefault();
        this.#showAll = true;
        this.#writeText();
        // Whatever the check could not see, the server says on the next page.
        const answer = await this.#ask().catch(() => ({ problems: [] }));
        if (answer.problems.length || (this.#mode === "form" && this.form.broken().length)) {
            await this.#answered(answer);
            this.#part("problems").querySelector("button")?.click();
        } else {
            // As somebody who is no listener: this one would be asked again.
            HTMLFormElement.prototype.submit.call(this.#page);
        }
    }
}

const page = new StartPage(document.querySelector("[data-start]"));
await page.check.now();
