// A list of what is wrong, each entry a button that leads to its place.

// `problems`: [{message, where, go}]; `none` is said when there are none.
export function list(holder, problems, none = "") {
    const heading = document.createElement("strong");
    heading.textContent = problems.length === 1 ? "1 thing is wrong." : `${problems.length} things are wrong.`;
    const rows = problems.map(({ message, where, go }) => {
        const row = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.className = "bs-place";
        button.textContent = where;
        button.addEventListener("click", go);
        row.append(button, " ", message);
        return row;
    });
    const entries = document.createElement("ul");
    entries.append(...rows);
    holder.classList.toggle("bs-error", problems.length > 0);
    holder.classList.toggle("bs-fine", !problems.length && Boolean(none));
    holder.replaceChildren(...(problems.length ? [heading, entries] : [none]));
}
