// Rows of a form: more of them, or fewer. What is sent is what the page holds without this script, too.

function listen(row) {
    const remove = row.querySelector("[data-remove]");
    remove.hidden = false;
    remove.addEventListener("click", () => {
        const next = row.nextElementSibling;
        row.remove();
        // A template holds no focus: after the last row it goes to the button that adds one.
        (next.querySelector("input") ?? next.parentElement.querySelector("[data-add]")).focus();
    });
}

function enhance(rows) {
    const template = rows.querySelector("template");
    const add = rows.querySelector("[data-add]");
    rows.querySelectorAll("[data-row]").forEach(listen);
    add.hidden = false;
    add.addEventListener("click", () => {
        const row = template.content.firstElementChild.cloneNode(true);
        listen(row);
        template.before(row);
        row.querySelector("input").focus();
    });
}

document.querySelectorAll("[data-rows]").forEach(enhance);
