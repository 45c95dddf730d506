// A bulk action on many rows goes part by part, so that one sees how far it is; each row has its own answer.
(() => {
    "use strict";
    const form = document.querySelector("form[data-bulk]");
    if (!form || !window.fetch) return;
    const size = Number(form.dataset.bulk);
    const find = (name) => form.querySelector(`[data-bulk-${name}]`);

    form.addEventListener("submit", async (event) => {
        const inputs = [...form.querySelectorAll(`input[name="${form.dataset.rows}"]`)];
        if (inputs.length <= size || form.dataset.running) return;
        event.preventDefault();
        const given = new FormData(form);
        const rows = given.getAll(form.dataset.rows);
        const totals = { tried: 0, done: 0, refused: 0 };
        form.dataset.running = "1";
        addEventListener("beforeunload", stay);
        show();
        tell(totals, rows.length);
        for (let start = 0; start < rows.length; start += size) {
            const part = rows.slice(start, start + size);
            const answer = await send(given, part);
            if (answer === "form" && start === 0) {
                removeEventListener("beforeunload", stay);
                return form.submit();
            }
            if (!answer || answer === "form") {
                add(form.dataset.broken);
                break;
            }
            totals.tried += part.length;
            totals.done += answer.done;
            totals.refused += answer.refused.length;
            answer.refused.forEach(({ row, why }) => add(`${row}: ${why}`));
            tell(totals, rows.length);
        }
        removeEventListener("beforeunload", stay);
        find("back").hidden = false;
        find("back").focus();
    });

    // The server's answer; "form" where it asks again because something in the form is not right. The address is the
    // page's own: `form.action` is the input of that name.
    async function send(given, part) {
        const body = new FormData();
        for (const [name, value] of given) if (name !== form.dataset.rows) body.append(name, value);
        part.forEach((row) => body.append(form.dataset.rows, row));
        try {
            const answer = await fetch(location.href, {
                method: "POST", body, credentials: "same-origin", headers: { "X-Bulk-Part": "1" },
            });
            if (!answer.ok) return null;
            return answer.headers.get("Content-Type").startsWith("application/json") ? await answer.json() : "form";
        } catch {
            return null;
        }
    }

    // Who leaves before the end leaves the rest undone.
    function stay(event) {
        event.preventDefault();
    }

    function show() {
        find("state").hidden = false;
        find("buttons").hidden = true;
        for (const other of form.querySelectorAll(":scope > p, :scope > ul, :scope > .form-field")) other.hidden = true;
    }

    function tell(totals, all) {
        form.querySelector("progress").value = totals.tried;
        find("count").textContent = `${totals.tried} / ${all}`;
        find("done").textContent = totals.done;
        find("refused").textContent = totals.refused;
    }

    function add(text) {
        const line = document.createElement("li");
        line.textContent = text;
        find("list").append(line);
        find("list").hidden = false;
    }
})();
