"use strict";
/* What takes over a second is seen to be under way: a sign while a page or a file is awaited, and nothing is sent twice. */
(() => {
    const COOKIE = "tl-waits";
    const PATIENCE = 700;
    const LONGEST = 60000;
    let sign = null;
    let timers = [];

    const waits = () => document.cookie.split("; ").some((cookie) => cookie.startsWith(`${COOKIE}=`));
    const forget = () => {
        document.cookie = `${COOKIE}=; path=/; max-age=0; SameSite=Lax`;
    };

    const begin = () => {
        end();
        timers.push(setTimeout(() => {
            sign = document.createElement("div");
            sign.className = "tl-waiting";
            sign.setAttribute("role", "status");
            sign.textContent = document.getElementById("tl-words")?.dataset.waiting ?? "";
            document.body.append(sign);
        }, PATIENCE));
    };
    const end = () => {
        timers.forEach(clearTimeout);
        timers = [];
        sign?.remove();
        sign = null;
        document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
    };

    // A page goes away when the next one comes; a file comes and the page stays. Its answer takes the cookie back.
    const leave = () => {
        begin();
        document.cookie = `${COOKIE}=1; path=/; max-age=${LONGEST / 1000}; SameSite=Lax`;
        const look = () => (waits() ? timers.push(setTimeout(look, 300)) : end());
        timers.push(setTimeout(look, 300), setTimeout(end, LONGEST));
    };

    document.addEventListener("click", (event) => {
        const link = event.target.closest("a[href]");
        if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
            return;
        }
        const there = new URL(link.href, window.location.href);
        // A bare "#" has no hash, and leads nowhere all the same.
        const stays = there.pathname === window.location.pathname && there.search === window.location.search && link.href.includes("#");
        if (there.origin === window.location.origin && !stays && !link.target && !link.hasAttribute("hx-get") && !link.hasAttribute("download")) {
            leave();
        }
    });
    document.addEventListener("submit", (event) => {
        const form = event.target;
        if (event.defaultPrevented || form.target || form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) {
            return;
        }
        if (form.dataset.sent) {
            event.preventDefault();
            return;
        }
        leave();
        form.dataset.sent = "1";
    });
    // Who is asked whether to give up what they typed, and stays, waits for nothing.
    window.addEventListener("beforeunload", (event) => setTimeout(() => {
        if (event.defaultPrevented) {
            forget();
            end();
        }
    }));
    // Pages that come back from the browser's memory wait for nothing.
    window.addEventListener("pageshow", () => {
        forget();
        end();
    });

    // Dialogs and parts of pages; what asks again and again by itself is no matter of waiting.
    const byPerson = (event) => event.detail.requestConfig?.triggeringEvent || event.detail.requestConfig?.verb === "post";
    document.addEventListener("htmx:beforeRequest", (event) => {
        if (byPerson(event)) {
            begin();
        }
    });
    document.addEventListener("htmx:afterRequest", (event) => {
        if (byPerson(event) && !waits()) {
            end();
        }
    });
})();
