// The page that templates are written on: the server says of the text, while it is written, what is wrong with it.
import { CodeEditor } from "./code-editor.js";
import { made } from "./elements.js";
import { list } from "./problems.js";
import { latest, post } from "./requests.js";

const UNREACHABLE = "The server cannot be reached: the text will be checked when you save it.";
const UNREADABLE = "The text cannot be parsed: fix it before you switch to the other format.";

class EditorPage {
    #page;
    #text;
    #language;
    #begun;
    // By language, the text as it was before it was written in the other one: it may hold comments.
    #kept = new Map();

    constructor(page) {
        this.#page = page;
        this.#text = page.elements.text;
        this.#language = page.elements.language.value;
        this.check = latest(
            (signal) => this.#ask({}, signal),
            (answer) => this.#show(answer),
            () => this.#say(UNREACHABLE),
        );
        this.code = new CodeEditor(this.#text, { language: this.#language, changed: () => this.check.soon() });
        this.#begun = this.code.text;
        this.#listen();
    }

    #listen() {
        const { language, update_type: update } = this.#page.elements;
        language.addEventListener("change", () => this.#write(language.value));
        update?.addEventListener("change", () => this.check.now());
        const unsaved = () => this.#page.hasAttribute("data-sent") || this.code.text !== this.#begun;
        const leave = (event) => unsaved() && event.preventDefault();
        window.addEventListener("beforeunload", leave);
        this.#page.addEventListener("submit", () => window.removeEventListener("beforeunload", leave));
    }

    #ask(more, signal) {
        const update = this.#page.elements.update_type?.value ?? "";
        const fields = { text: this.code.text, language: this.#language, update_type: update };
        return post(this.#page.dataset.check, { ...fields, ...more }, signal);
    }

    async #write(language) {
        const before = { text: this.code.text, language: this.#language };
        const kept = this.#kept.get(language);
        let text = kept?.became === before.text ? kept.text : null;
        try {
            text ??= (await this.#ask({ to: language })).converted;
        } catch {
            text = null;
        }
        if (text === null) {
            this.#page.elements.language.value = before.language;
            this.#say(UNREADABLE);
            return;
        }
        this.#kept.set(before.language, { text: before.text, became: text });
        this.#language = language;
        this.code.language = language;
        this.code.text = text;
        await this.check.now();
    }

    #show({ problems, update }) {
        this.#say("");
        this.code.mark(problems);
        list(this.#part("problems"), this.code.places(problems), "The document is valid.");
        this.#showUpdate(update);
    }

    #showUpdate(update) {
        const holder = this.#part("update");
        holder.hidden = !update;
        if (!update) {
            return;
        }
        const { before, version, needs, enough, changes, more } = update;
        const kind = changes.length ? `needs a ${needs} update` : "changes nothing";
        const heading = made("p", {
            className: enough ? "bs-fine" : "bs-warning",
            textContent: `Compared with ${before}, this ${kind}; the new version is ${version}.`,
        });
        const rows = changes.map((change) => this.#changeRow(change));
        const entries = made("ul");
        entries.append(...rows, ...(more ? [made("li", { textContent: `and ${more} more` })] : []));
        holder.replaceChildren(heading, entries);
    }

    #changeRow({ pointer, message, needs }) {
        const row = made("li");
        const kind = made("span", { className: `bs-need bs-${needs}`, textContent: needs });
        row.append(kind, " ", made("code", { textContent: pointer || "/" }), " ", message);
        return row;
    }

    #part(name) {
        return this.#page.querySelector(`[data-${name}]`);
    }

    #say(words) {
        this.#part("note").textContent = words;
    }
}

const page = new EditorPage(document.querySelector("[data-editor]"));
await page.check.now();
