// How JSON Editor draws: with the classes of the admin's pages, without style attributes, texts as texts.
const { JSONEditor } = window;

function made(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    if (text !== undefined) {
        element.textContent = text;
    }
    return element;
}

export class Theme extends JSONEditor.AbstractTheme {
    constructor(editor) {
        super(editor, { disable_theme_rules: true });
    }

    getFormInputLabel(text, required) {
        const label = made("label", "", text);
        if (required) {
            label.append(made("span", "bs-quiet", " required"));
        }
        return label;
    }

    getLabelLike(text, required) {
        const label = this.getFormInputLabel(text, required);
        const heading = made("div", "bs-label");
        heading.append(...label.childNodes);
        return heading;
    }

    getCheckboxLabel(text) {
        return made("label", "bs-check", text);
    }

    getHeader(text, depth) {
        const header = super.getHeader(text, depth);
        header.className = "bs-label";
        return header;
    }

    getDescription(text) {
        return made("p", "bs-help", text);
    }

    getHiddenLabel(text) {
        return made("label", "bs-unseen", text);
    }

    getHiddenText(text) {
        return made("span", "bs-unseen", text);
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
        return made("div", "bs-inset");
    }

    getChildEditorHolder() {
        return made("div", "bs-part");
    }

    getGridRow() {
        return made("div", "");
    }

    getButtonHolder() {
        return made("span", "bs-actions");
    }

    getButton(text, icon, title) {
        const button = super.getButton(text, icon, title);
        button.className = "bs-button bs-small";
        return button;
    }

    getOptInCheckbox(name) {
        // Fields are left empty instead of being switched off.
        const checkbox = made("input", "");
        return { label: made("label", ""), checkbox, container: made("span", "") };
    }
}
