"use strict";
/* Columns of a view are moved among each other: the form sends them in the order they stand in. */
document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-columns] [data-move]");
    if (!button) {
        return;
    }
    const row = button.closest("li");
    if (button.dataset.move === "-1") {
        row.previousElementSibling?.before(row);
    } else {
        row.nextElementSibling?.after(row);
    }
    // Moving takes the focus away.
    button.focus();
});
