// How JSON Editor draws: with the classes of the admin's pages, without style attributes, texts as texts.
import { made } from "./elements.js";

const { JSONEditor } = window;

export class Theme extends JSONEditor.AbstractTheme {
    constructor(editor) {
        super(editor, { disable_theme_rules: true });
    }

    getFormInputLabel(text, required) {
        const label = made("label", { textContent: text });
        if (required) {
            label.append(made("span", { className: "bs-quiet", textContent: " required" }));
        }
        return label;
    }

    getLabelLike(text, required) {
        const label = this.getFormInputLabel(text, required);
        const heading = made("div", { className: "bs-label" });
        heading.append(...label.childNodes);
        return heading;
    }

    getCheckboxLabel(text) {
        return made("label", { className: "bs-check", textContent: text });
    }

    getHeader(text, depth) {
        const header = super.getHeader(text, depth);
        header.className = "bs-label";
        return header;
    }

    getDescription(text) {
        return made("p", { className: "bs-help", textContent: text });
    }

    getHiddenLabel(text) {
        return made("label", { className: "bs-unseen", textContent: text });
    }

    getHiddenText(text) {
        return made("span", { className: "bs-unseen", textContent: text });
    }

    visuallyHidden(element) {
        element?.classList.add("bs-unseen");
    }

    cleanText(text) {
        return text;
    }

    getFormControl(label, input, description, info, id) {
        const control = super.getFormControl(label, input, description, info, id);
        control.className = "bs-field";
        return control;
    }

    getIndentedPanel() {
        return made("div", { className: "bs-inset" });
    }

    getChildEditorHolder() {
        return made("div", { className: "bs-part" });
    }

    getGridRow() {
        return made("div");
    }

    getButtonHolder() {
        return made("span", { className: "bs-actions" });
    }

    getButton(text, icon, title) {
        const button = super.getButton(text, icon, title);
        button.className = "bs-button bs-small";
        return button;
    }

    getOptInCheckbox(name) {
        // Fields are left empty instead of being switched off.
        const checkbox = made("input");
        return { label: made("label"), checkbox, container: made("span") };
    }
}
