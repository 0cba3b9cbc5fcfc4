// --- table ---------------------------------------------------------------------------------------

const cellText = (value) => {
    const isLarge = isRow(value) && !isArray(value) && visibleKeys(value).length > 2;
    const options = { __proto__: null, limit: isLarge ? -1 : 0, most: 3, width: Infinity };
    return inspectedWith(value, options);
};

function cell(object, key) {
    const property = propertyOf(object, key);
    if (!property) return '';
    return 'value' in property ? cellText(property.value) : '[Getter]';
}

const visibleKeys = (object) => {
    const result = list();
    const keys = native.keys(object, true, false);
    for (let i = 0; i < keys.length; i++)
        if (typeof keys[i] === 'string') add(result, keys[i]);
    return result;
};

function listOf(...values) {
    const result = list();
    for (let i = 0; i < values.length; i++) add(result, values[i]);
    return result;
}

const isRow = (value) => isObject(value) && !isProxy(value);

// The names of the columns: those of all rows, in the order in which they come.
function columnNames(data, keys, wanted) {
    const columns = list();
    const known = create(null);
    for (let j = 0; wanted && j < wanted.length; j++) {
        const name = propertyOf(wanted, j);
        add(columns, name && typeof name.value === 'string' ? name.value : '');
    }
    for (let i = 0; i < keys.length && !wanted; i++) {
        const row = propertyOf(data, keys[i]).value;
        const names = isRow(row) ? visibleKeys(row) : list();
        for (let j = 0; j < names.length; j++) {
            if (!known[names[j]]) add(columns, names[j]);
            known[names[j]] = true;
        }
    }
    return columns;
}

// Of a Map or a Set, and of what iterates over one.
function entryRows(entries, isPairs) {
    const rows = list();
    const index = '(iteration index)';
    add(rows, isPairs ? listOf(index, 'Key', 'Values') : listOf(index, 'Values'));
    const step = isPairs ? 2 : 1;
    for (let i = 0; i < entries.length; i += step) {
        const cells = listOf(toText(i / step), cellText(entries[i]));
        if (isPairs) add(cells, cellText(entries[i + 1]));
        add(rows, cells);
    }
    return rows;
}

// Rows of cells; the first is the head.
function tableRows(data, wanted) {
    const description = native.describe(data);
    const kind = description[0];
    if (kind === 'map' || kind === 'set') return entryRows(description[2], kind === 'map');
    if (kind === 'mapiterator' || kind === 'setiterator')
        return entryRows(description[2], description[3]);
    const keys = visibleKeys(data);
    const columns = columnNames(data, keys, wanted);
    const rows = list();
    let hasValues = false;
    for (let i = 0; i < keys.length && !wanted; i++)
        if (!isRow(propertyOf(data, keys[i]).value)) hasValues = true;
    const head = listOf('(index)');
    for (let j = 0; j < columns.length; j++) add(head, columns[j]);
    if (hasValues) add(head, 'Values');
    add(rows, head);
    for (let i = 0; i < keys.length; i++) {
        const row = propertyOf(data, keys[i]).value;
        const cells = listOf(keys[i]);
        for (let j = 0; j < columns.length; j++)
            add(cells, isRow(row) ? cell(row, columns[j]) : '');
        if (hasValues) add(cells, isRow(row) ? '' : cell(data, keys[i]));
        add(rows, cells);
    }
    return rows;
}

function ruler(widths, left, middle, right) {
    let text = left;
    for (let j = 0; j < widths.length; j++)
        text += (j ? middle : '') + repeat('\u2500', widths[j] + 2);
    return text + right;
}

function tableText(rows) {
    const widths = list();
    for (let j = 0; j < rows[0].length; j++) {
        add(widths, 0);
        for (let i = 0; i < rows.length; i++) widths[j] = max(widths[j], columnsOf(rows[i][j]));
    }
    let text = ruler(widths, '\u250c', '\u252c', '\u2510');
    for (let i = 0; i < rows.length; i++) {
        text += '\n\u2502';
        for (let j = 0; j < widths.length; j++) {
            const fill = repeat(' ', widths[j] - columnsOf(rows[i][j]));
            text += ` ${rows[i][j]}${fill} \u2502`;
        }
        if (i === 0) text += `\n${ruler(widths, '\u251c', '\u253c', '\u2524')}`;
    }
    return `${text}\n${ruler(widths, '\u2514', '\u2534', '\u2518')}`;
}
