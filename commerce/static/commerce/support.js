"use strict";
/* The reply box: canned answers go in where the cursor is, what is typed outlives the page, and it is sent once. */
document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-reply]");
    const key = form ? `reply-${form.dataset.reply}` : "";
    const page = new URL(window.location.href);
    if (page.searchParams.has("said")) {
        sessionStorage.removeItem(key);
        page.searchParams.delete("said");
        history.replaceState(null, "", page);
    }
    if (!form) {
        return;
    }
    const box = form.querySelector("textarea");
    const keep = () => sessionStorage.setItem(key, box.value);
    box.value = box.value || sessionStorage.getItem(key) || "";
    box.addEventListener("input", keep);

    form.querySelector("[data-canned]")?.addEventListener("change", (event) => {
        const text = event.target.selectedOptions[0].dataset.text;
        if (text) {
            const before = box.value.slice(0, box.selectionStart);
            const apart = before && !before.endsWith("\n") ? "\n\n" : "";
            box.setRangeText(apart + text, box.selectionStart, box.selectionEnd, "end");
            keep();
            event.target.value = "";
            box.focus();
        }
    });

    const files = form.querySelector("input[type=file]");
    const chosen = form.querySelector("[data-chosen]");
    const help = chosen.textContent;
    files.addEventListener("change", () => {
        chosen.textContent = [...files.files].map((file) => file.name).join(", ") || help;
    });

    form.addEventListener("submit", () => {
        // After the pressed button's value has gone into the form.
        setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
    });
    window.addEventListener("pageshow", () => form.querySelectorAll("button").forEach((button) => { button.disabled = false; }));
});
