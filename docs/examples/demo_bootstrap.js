// Renders an order as an invoice in plain text. The Python program around it passes the order in,
// provides lookupArticle(sku) as a Python function, and prints the text that comes back.
// All amounts are whole cents: sums of fractions would sometimes be off by one.

const TAX_PERCENT = {
    DE: { standard: 19, reduced: 7 },
    FR: { standard: 20, reduced: 5.5 },
};

const VOLUME_DISCOUNT = { quantity: 10, percent: 5 };

const ORDER_DISCOUNTS = [
    { name: "Large order", percent: 2, applies: (customer, subtotal) => subtotal >= 50_000 },
    { name: "Loyal customer", percent: 3, applies: (customer) => customer.orders >= 10 },
];

const FILTERS = {
    money: (cents, currency = "EUR") => `${formatCents(cents)} ${currency}`,
    percent: (value) => `${value} %`,
    upper: (value) => String(value).toUpperCase(),
    left: (value, width) => String(value).slice(0, Number(width)).padEnd(Number(width)),
    right: (value, width) => String(value).padStart(Number(width)),
    date: (value) => new Date(value).toISOString().slice(0, 10),
};

const invoiceTemplate = compileTemplate(`\
INVOICE {{number}}                                  {{date | date | right 20}}
{{customer.name | upper}} ({{customer.country}})
{{#if customer.vatId}}
VAT ID {{customer.vatId}}
{{/if}}

{{#each lines}}
{{quantity|right 4}} x {{name | left 30}} {{price | money | right 14}} {{total | money | right 15}}
{{#if rebate}}
       volume discount {{percent | percent | left 21}} {{saved | money | right 23}}
{{/if}}
{{/each}}
                                     Subtotal {{subtotal | money | right 22}}
{{#if discount.amount}}
{{discount.name | right 45}} {{discount.deducted | money | right 22}}
{{/if}}
{{#each taxes}}
{{label | right 45}} {{amount | money | right 22}}
{{/each}}
                                        TOTAL {{total | money | right 22}}
`);

function renderInvoice(order) {
    const lines = order.items.map((item) => priceLine(item));
    const subtotal = sumOf(lines, (line) => line.total);
    const discount = orderDiscount(order.customer, subtotal);
    const taxes = taxesByRate(order.customer, lines, subtotal, discount.amount);
    const total = subtotal - discount.amount + sumOf(taxes, (tax) => tax.amount);
    return invoiceTemplate({ ...order, lines, subtotal, discount, taxes, total });
}

// Prices -----------------------------------------------------------------------------------------

function priceLine(item) {
    const article = lookupArticle(item.sku); // a Python function
    const full = article.price * item.quantity;
    const percent = item.quantity >= VOLUME_DISCOUNT.quantity ? VOLUME_DISCOUNT.percent : 0;
    const rebate = percentOf(full, percent);
    return {
        ...article,
        quantity: item.quantity,
        percent,
        rebate,
        saved: -rebate,
        total: full - rebate,
    };
}

// The best of the discounts that apply; they do not add up.
function orderDiscount(customer, subtotal) {
    let best = { name: "none", percent: 0 };
    for (const rule of ORDER_DISCOUNTS) {
        if (rule.applies(customer, subtotal) && rule.percent > best.percent) {
            best = rule;
        }
    }
    const amount = percentOf(subtotal, best.percent);
    return { name: `${best.name} (${best.percent} %)`, amount, deducted: -amount };
}

// One entry for each tax rate. The discount on the whole order lowers each rate's base by a share.
function taxesByRate(customer, lines, subtotal, discount) {
    if (customer.vatId && customer.country !== "DE") {
        return [{ label: "Reverse charge: the customer owes the tax", amount: 0 }];
    }
    const rates = TAX_PERCENT[customer.country];
    if (!rates) {
        throw new RangeError(`no tax rates are known for the country ${customer.country}`);
    }
    const bases = new Map();
    for (const line of lines) {
        const rate = rates[line.category];
        bases.set(rate, (bases.get(rate) ?? 0) + line.total);
    }
    return [...bases]
        .sort(([first], [second]) => second - first)
        .map(([rate, base]) => {
            const share = subtotal ? Math.round((discount * base) / subtotal) : 0;
            return { label: `Tax ${rate} %`, amount: percentOf(base - share, rate) };
        });
}

function percentOf(cents, percent) {
    return Math.round((cents * percent) / 100);
}

function sumOf(values, amount) {
    return values.reduce((sum, value) => sum + amount(value), 0);
}

function formatCents(cents) {
    const digits = String(Math.abs(cents)).padStart(3, "0");
    const units = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
    return `${cents < 0 ? "-" : ""}${units}.${digits.slice(-2)}`;
}

// Templates --------------------------------------------------------------------------------------

// {{path.to.value | filter argument | …}}, {{#each list}}…{{/each}}, {{#if value}}…{{/if}}.
// Returns a function from data to text. A block's mark that is alone on a line removes the line.
function compileTemplate(text) {
    const tokens = text
        .replace(/^[ \t]*(\{\{[#/][^}]*\}\})[ \t]*\n/gm, "$1")
        .split(/(\{\{.*?\}\})/)
        .filter((token) => token !== "");
    let position = 0;

    function parseBlock(endMark) {
        const parts = [];
        while (position < tokens.length) {
            const token = tokens[position++];
            if (!token.startsWith("{{")) {
                parts.push(() => token);
                continue;
            }
            const inner = token.slice(2, -2).trim();
            if (inner === endMark) {
                return joined(parts);
            }
            parts.push(parseTag(inner));
        }
        if (endMark) {
            throw new SyntaxError(`the template ends without {{${endMark}}}`);
        }
        return joined(parts);
    }

    function parseTag(inner) {
        const block = /^#(each|if)\s+(\S+)$/.exec(inner);
        if (!block) {
            return compileExpression(inner);
        }
        const [, kind, path] = block;
        const body = parseBlock(`/${kind}`);
        if (kind === "if") {
            return (scope) => (lookup(scope, path) ? body(scope) : "");
        }
        return (scope) =>
            lookup(scope, path)
                .map((entry) => body({ ...scope, ...entry }))
                .join("");
    }

    return parseBlock("");
}

function compileExpression(text) {
    const [path, ...calls] = text.split("|").map((part) => part.trim());
    const filters = calls.map((call) => {
        const [name, ...parameters] = call.split(/\s+/);
        if (!Object.hasOwn(FILTERS, name)) {
            throw new SyntaxError(`the template uses an unknown filter: ${name}`);
        }
        return (value) => FILTERS[name](value, ...parameters);
    });
    return (scope) => filters.reduce((value, filter) => filter(value), lookup(scope, path));
}

function joined(parts) {
    return (scope) => parts.map((part) => part(scope)).join("");
}

function lookup(scope, path) {
    return path.split(".").reduce((value, name) => value?.[name], scope);
}
