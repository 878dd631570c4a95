// A list of what is wrong, each entry a button that leads to its place.
import { made } from "./elements.js";

// `problems`: [{message, where, go}]; `none` is said when there are none.
export function list(holder, problems, none = "") {
    const count = problems.length === 1 ? "1 error." : `${problems.length} errors.`;
    const heading = made("strong", { textContent: count });
    const rows = problems.map(({ message, where, go }) => {
        const row = made("li");
        const button = made("button", { type: "button", className: "bs-place", textContent: where, onclick: go });
        row.append(button, " ", message);
        return row;
    });
    const entries = made("ul");
    entries.append(...rows);
    holder.classList.toggle("bs-error", problems.length > 0);
    holder.classList.toggle("bs-fine", !problems.length && Boolean(none));
    holder.replaceChildren(...(problems.length ? [heading, entries] : [none]));
}
