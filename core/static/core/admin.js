"use strict";
/* What Unfold leaves out of its dialogs: answers that are errors are shown, focus goes in and comes back, secrets can be copied. */
(() => {
    let opener = null;

    const dialog = () => document.querySelector("#modal-content #dialog");

    const notice = (text) => {
        const box = document.createElement("div");
        box.className = "tl-toast";
        box.setAttribute("role", "alert");
        box.textContent = text;
        document.body.append(box);
        setTimeout(() => box.remove(), 8000);
    };

    // A refusal drawn as a dialog is shown whatever its status is.
    document.addEventListener("htmx:beforeSwap", (event) => {
        const answer = event.detail.xhr;
        if (answer.status >= 400 && answer.responseText.includes('id="dialog"')) {
            event.detail.shouldSwap = true;
            event.detail.isError = false;
        }
    });
    document.addEventListener("htmx:responseError", (event) => {
        const status = event.detail.xhr.status;
        notice(status === 403 ? document.getElementById("tl-words").dataset.forbidden : document.getElementById("tl-words").dataset.failed);
    });
    document.addEventListener("htmx:sendError", () => notice(document.getElementById("tl-words").dataset.offline));

    document.addEventListener("htmx:beforeRequest", (event) => {
        if (event.detail.target?.id === "modal-content") {
            opener = event.detail.elt;
        }
    });
    document.addEventListener("htmx:afterSettle", () => {
        const open = dialog();
        if (!open) {
            return;
        }
        const wanted = open.querySelector(
            ".errors input:not([type=hidden]), .errors textarea, .errors select, [role=alert] + * input:not([type=hidden]), " +
            "#dialog-form input:not([type=hidden]), #dialog-form textarea, #dialog-form select, #dialog-secret, button",
        );
        // After Alpine has shown it.
        setTimeout(() => wanted?.focus(), 60);
    });
    // What opened the dialog; where that stood in a menu that has closed, what opens the menu; on a phone, what shows them all.
    const comeBack = () => {
        const menu = opener.closest("[role=menu]");
        const around = [opener, menu && (document.querySelector(`[aria-controls="${menu.id}"]`) ?? menu.previousElementSibling),
            opener.closest("header") && document.querySelector("[data-actions]"), document.getElementById("main-content")];
        around.find((place) => {
            place?.focus();
            return place && document.activeElement === place;
        });
    };
    document.addEventListener("keyup", (event) => {
        if (event.key === "Escape" && opener) {
            comeBack();
            opener = null;
        }
    });

    // What is typed, or scanned, while the search is still opening belongs into it.
    const searchField = () => document.getElementById("search-input-command");
    let opening = 0;
    window.addEventListener("keydown", (event) => {
        const field = searchField();
        const writing = document.activeElement.matches("input, textarea, select, [contenteditable=true]");
        if (!field || writing) {
            return;
        }
        const held = event.metaKey || event.ctrlKey;
        if (event.key === "k" && held) {
            opening = Date.now();
        } else if (!held && !event.altKey && event.key.length === 1 && Date.now() - opening < 1500) {
            event.preventDefault();
            field.value += event.key;
        }
    }, true);
    document.addEventListener("focusin", (event) => {
        if (opening && event.target === searchField()) {
            opening = 0;
            event.target.setSelectionRange(event.target.value.length, event.target.value.length);
            event.target.dispatchEvent(new Event("keyup", { bubbles: true }));
        }
    });

    document.addEventListener("click", async (event) => {
        const copy = event.target.closest("[data-copy]");
        if (copy) {
            await navigator.clipboard.writeText(document.querySelector(copy.dataset.copy).textContent.trim());
            copy.textContent = copy.dataset.copied;
            return;
        }
        if (event.target.closest("[data-reload]")) {
            event.preventDefault();
            window.location.reload();
        }
    });

    // Fields that are searched (select2) are named after their labels, as any other field is.
    const nameSearched = () => {
        document.querySelectorAll("select.select2-hidden-accessible").forEach((field) => {
            const name = field.labels?.[0]?.textContent.replace("*", "").trim() || field.getAttribute("aria-label") || field.name;
            field.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]").forEach((part) => {
                part.removeAttribute("aria-labelledby");
                part.setAttribute("aria-label", name);
            });
        });
    };
    // The name of an icon is no word to be read aloud before the text beside it.
    const silenceIcons = () => {
        document.querySelectorAll(".material-symbols-outlined:not([aria-hidden])").forEach((icon) => {
            const around = icon.closest("a, button");
            const alone = around && !around.getAttribute("aria-label") && around.textContent.trim() === icon.textContent.trim();
            if (!alone) {
                icon.setAttribute("aria-hidden", "true");
            }
        });
    };
    // What points along a line points the other way where lines run the other way.
    const POINTING = new Set(["arrow_back", "arrow_forward", "chevron_left", "chevron_right", "first_page", "last_page", "forward_to_inbox",
        "keyboard_arrow_left", "keyboard_arrow_right", "login", "logout", "open_in_new", "outbound", "outgoing_mail", "playlist_remove",
        "redo", "reply", "send", "undo"]);
    const turnIcons = () => {
        if (document.dir === "rtl") {
            document.querySelectorAll(".material-symbols-outlined").forEach((icon) => {
                icon.classList.toggle("tl-points", POINTING.has(icon.textContent.trim()));
            });
        }
    };
    document.addEventListener("DOMContentLoaded", turnIcons);
    // A table that scrolls sideways is reached by the keyboard; one that does not is no stop on its way.
    const scrolling = new ResizeObserver((entries) => entries.forEach((entry) => {
        const box = entry.target.closest(".tl-scroll");
        if (box?.scrollWidth > box?.clientWidth) {
            box.tabIndex = 0;
        } else {
            box?.removeAttribute("tabindex");
        }
    }));
    const watchScrolling = () => document.querySelectorAll(".tl-scroll, .tl-scroll > table").forEach((box) => scrolling.observe(box));
    document.addEventListener("DOMContentLoaded", watchScrolling);
    // After whoever makes them at the same moment.
    const soon = () => setTimeout(() => {
        nameSearched();
        silenceIcons();
        turnIcons();
        watchScrolling();
    });
    window.addEventListener("load", soon);
    document.addEventListener("formset:added", soon);
    document.addEventListener("htmx:afterSettle", soon);

    // A row of a form that was just added is open, and the keyboard opens and closes what the mouse does.
    document.addEventListener("formset:added", (event) => {
        setTimeout(() => {
            const row = event.target.closest("[x-data*=openRow]");
            if (row && window.Alpine) {
                window.Alpine.$data(row).openRow = true;
            }
            setTimeout(() => event.target.querySelector("input:not([type=hidden]), select, textarea")?.focus());
        });
    });
    const byKeyboard = () => {
        document.querySelectorAll("[x-data*=openRow] h3 strong").forEach((title) => {
            title.tabIndex = 0;
            title.setAttribute("role", "button");
        });
    };
    window.addEventListener("load", byKeyboard);
    document.addEventListener("formset:added", () => setTimeout(byKeyboard));
    document.addEventListener("keydown", (event) => {
        if (event.target.matches("h3 strong[role=button]") && (event.key === "Enter" || event.key === " ")) {
            event.preventDefault();
            event.target.click();
        }
    });

    // Tabs of our pages: without a script every part is shown, one below the other.
    const select = (tabs, id) => {
        tabs.querySelectorAll("[role=tab]").forEach((tab) => {
            const chosen = tab.getAttribute("aria-controls") === id;
            tab.setAttribute("aria-selected", chosen);
            tab.tabIndex = chosen ? 0 : -1;
            const panel = document.getElementById(tab.getAttribute("aria-controls"));
            if (panel) {
                panel.hidden = !chosen;
            }
        });
    };
    document.addEventListener("DOMContentLoaded", () => {
        // The heading of a column of money stands over its figures.
        const row = document.querySelector("#result_list tr.data-row");
        const headings = document.querySelectorAll("#result_list thead th");
        [...(row?.children ?? [])].forEach((cell, number) => {
            if (cell.querySelector(".tl-money")) {
                headings[number]?.classList.add("tl-money");
            }
        });
        document.querySelectorAll("[data-tabs]").forEach((tabs) => {
            const all = [...tabs.querySelectorAll("[role=tab]")];
            const wanted = all.find((tab) => `#${tab.getAttribute("aria-controls")}` === window.location.hash) ?? all[0];
            if (wanted) {
                select(tabs, wanted.getAttribute("aria-controls"));
            }
            tabs.addEventListener("click", (event) => {
                const tab = event.target.closest("[role=tab]");
                if (tab) {
                    select(tabs, tab.getAttribute("aria-controls"));
                    history.replaceState(null, "", `#${tab.getAttribute("aria-controls")}`);
                }
            });
            tabs.addEventListener("keydown", (event) => {
                const onward = document.dir === "rtl" ? -1 : 1;
                const step = { ArrowRight: onward, ArrowLeft: -onward }[event.key];
                if (step && event.target.closest("[role=tab]")) {
                    const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
                    select(tabs, next.getAttribute("aria-controls"));
                    next.focus();
                }
            });
        });
    });
})();
