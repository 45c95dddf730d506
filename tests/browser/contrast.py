"""axe's rule on contrast, asked once for texts that look alike: it is most of what axe costs."""

# Whether a text can be read depends on its own size, weight and colour, and on what lies behind it: two texts that
# have these in common, and the classes of all they stand in, are read alike. Only the first of them on a page is
# measured.
ONCE = """() => {
    const rule = axe._audit.rules.find((one) => one.id === "color-contrast");
    const usual = rule.matches;
    const own = ["color", "fontSize", "fontWeight", "textShadow"];
    const behind = ["backgroundColor", "backgroundImage", "opacity", "position", "zIndex"];
    let seen, looks, numbers;
    const look = (element) => {
        if (!element) return 0;
        if (!looks.has(element)) {
            const style = getComputedStyle(element);
            const written = ["class", "style", "disabled"].map((name) => element.getAttribute(name));
            const shown = [...own, ...behind].map((name) => style[name]);
            const text = JSON.stringify([look(element.parentElement), element.tagName, ...written, ...shown]);
            if (!numbers.has(text)) numbers.set(text, numbers.size + 1);
            looks.set(element, numbers.get(text));
        }
        return looks.get(element);
    };
    rule.matches = function (element, ...others) {
        const matches = () => usual.call(this, element, ...others);
        if (!element.textContent.trim() && !element.matches("input, select, textarea")) return matches();
        const alike = look(element);
        if (seen.has(alike) || !matches()) return false;
        seen.add(alike);
        return true;
    };
    window.lookAnew = () => { seen = new Set(); looks = new Map(); numbers = new Map(); };
}"""
