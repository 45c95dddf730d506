"use strict";
/* A placeholder that is clicked is written where one types. */
(() => {
    let field = null;
    document.addEventListener("focusin", (event) => {
        if (event.target.closest("#words") && event.target.matches("textarea, input[type=text]")) {
            field = event.target;
        }
    });
    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-placeholder]");
        if (!button) {
            return;
        }
        const into = field ?? document.querySelector("#words textarea");
        into.setRangeText(`{${button.dataset.placeholder}}`, into.selectionStart, into.selectionEnd, "end");
        into.focus();
        into.dispatchEvent(new Event("input", { bubbles: true }));
    });
})();
