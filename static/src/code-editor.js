// A textarea as CodeMirror: with line numbers, and marks where something is wrong. The textarea keeps the text.
import {
    bracketMatching,
    classHighlighter,
    closeBrackets,
    closeBracketsKeymap,
    Compartment,
    defaultKeymap,
    drawSelection,
    EditorState,
    EditorView,
    foldGutter,
    foldKeymap,
    highlightActiveLine,
    highlightActiveLineGutter,
    history,
    historyKeymap,
    indentOnInput,
    indentUnit,
    json,
    keymap,
    lineNumbers,
    lintGutter,
    lintKeymap,
    search,
    searchKeymap,
    setDiagnostics,
    syntaxHighlighting,
    yaml,
} from "../vendor/codemirror/codemirror.js";

const LANGUAGES = { json, yaml };

const LOOK = [
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    drawSelection(),
    syntaxHighlighting(classHighlighter),
    EditorView.lineWrapping,
];

// Tab is not among the keys: it goes on to the next field, as everywhere on the page.
const KEYS = [
    history(),
    search({ top: true }),
    bracketMatching(),
    closeBrackets(),
    indentOnInput(),
    indentUnit.of("  "),
    keymap.of([
        ...closeBracketsKeymap,
        ...defaultKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...lintKeymap,
    ]),
];

export class CodeEditor {
    #textarea;
    #language = new Compartment();
    #quiet = false;
    #view;

    // `changed` is called when somebody has edited the text, not when `text` was set.
    constructor(textarea, { language, changed }) {
        this.#textarea = textarea;
        const label = document.querySelector(`label[for="${textarea.id}"]`);
        const described = textarea.getAttribute("aria-describedby");
        const attributes = {
            "aria-label": label.textContent.trim(),
            ...(described && { "aria-describedby": described }),
        };
        this.#view = new EditorView({
            doc: textarea.value,
            extensions: [
                LOOK,
                KEYS,
                this.#language.of(LANGUAGES[language]()),
                EditorState.tabSize.of(2),
                EditorView.editorAttributes.of({ class: "bs-editor" }),
                EditorView.contentAttributes.of(attributes),
                EditorView.updateListener.of((update) => this.#updated(update, changed)),
            ],
        });
        textarea.after(this.#view.dom);
        textarea.hidden = true;
        label.addEventListener("click", () => this.focus());
    }

    #updated(update, changed) {
        if (update.docChanged) {
            this.#textarea.value = this.text;
            if (!this.#quiet) {
                changed();
            }
        }
    }

    get text() {
        return this.#view.state.doc.toString();
    }

    set text(text) {
        this.#quiet = true;
        this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
        this.#quiet = false;
    }

    set language(language) {
        this.#view.dispatch({ effects: this.#language.reconfigure(LANGUAGES[language]()) });
    }

    set shown(shown) {
        this.#view.dom.hidden = !shown;
    }

    // Marks each problem that has a line; from there to the end of the word.
    mark(problems) {
        const placed = problems.filter((problem) => problem.line);
        const diagnostics = placed.map((one) => ({ ...this.#range(one), severity: "error", message: one.message }));
        this.#view.dispatch(setDiagnostics(this.#view.state, diagnostics));
    }

    // The entries of a list of problems: what each place is called, and the way there.
    places(problems) {
        const where = ({ line, column, pointer }) => (line ? `Line ${line}, column ${column}` : pointer || "The text");
        return problems.map((one) => ({ ...one, where: where(one), go: () => this.goTo(one) }));
    }

    #range({ line, column }) {
        const { doc } = this.#view.state;
        const row = doc.line(Math.min(line, doc.lines));
        const from = Math.min(row.from + (column ?? 1) - 1, row.to);
        const word = /^[\s\S](?:[^\s"'{}[\],:]*)/u.exec(doc.sliceString(from, row.to));
        return { from, to: from + (word?.[0].length ?? 0) };
    }

    goTo(problem) {
        const { from } = this.#range({ line: 1, ...problem });
        this.#view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
        this.focus();
    }

    focus() {
        this.#view.focus();
    }
}
