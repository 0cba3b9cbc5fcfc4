// --- one line, several lines, or columns ---------------------------------------------------------

// Of an object whose parts are known: { head, open, close, parts, columns: the array whose elements
// may be shown in columns, or undefined }. At most this many levels go on one line.
const levelsOnALine = 3;

function fitsOnALine({ head, open, parts }, state) {
    let total = 2 * parts.length + state.indentation + open.length + head.length + 10;
    if (total + parts.length > state.width) return false;
    for (let i = 0; i < parts.length; i++) {
        total += parts[i].length;
        if (total > state.width || contains(parts[i], '\n')) return false;
    }
    return !contains(head, '\n');
}

function laidOut(content, state) {
    const { head, open, close, parts, columns } = content;
    const front = head ? `${head} ${open}` : open;
    const lines = columns && parts.length > 6 ? inColumns(parts, columns, state) : parts;
    const isShallow = state.deepest - state.level < levelsOnALine;
    if (isShallow && lines === parts && fitsOnALine(content, state))
        return `${front} ${joined(parts, ', ')} ${close}`;
    const indent = `\n${repeat(' ', state.indentation)}`;
    return `${front}${indent}  ${joined(lines, `,${indent}  `)}${indent}${close}`;
}

// The elements of an array as a table. The same list, if they are too long for that, or too
// different in length.
function inColumns(parts, values, state) {
    const count = parts.length > state.most ? parts.length - 1 : parts.length; // "... 1 more item"
    const widths = list();
    let total = 0;
    let widest = 0;
    for (let i = 0; i < count; i++) {
        add(widths, columnsOf(parts[i]));
        total += widths[i] + 2;
        widest = max(widest, widths[i]);
    }
    const cell = widest + 2;
    const isEven = total / cell > 5 || widest <= 6;
    if (cell * 3 + state.indentation >= state.width || !isEven) return parts;
    // A block that is about as wide as it is high: a character is 2.5 times as high as it is wide.
    const usual = max(cell - 3 - sqrt(cell - total / parts.length), 1);
    const columns = min(
        round(sqrt(2.5 * usual * count) / usual),
        floor((state.width - state.indentation) / cell),
        4 * levelsOnALine,
        15,
    );
    if (columns <= 1) return parts;
    const isNumeric = areNumbers(values, parts.length);
    const lines = list();
    const room = columnWidths(widths, columns);
    for (let first = 0; first < count; first += columns)
        add(lines, tableLine(parts, widths, room, first, min(first + columns, count), isNumeric));
    if (count < parts.length) add(lines, parts[count]);
    return lines;
}

function columnWidths(widths, columns) {
    const room = list();
    for (let column = 0; column < columns; column++) {
        let widest = 0;
        for (let i = column; i < widths.length; i += columns) widest = max(widest, widths[i]);
        add(room, widest + 2);
    }
    return room;
}

function areNumbers(values, count) {
    for (let i = 0; i < count; i++) {
        const property = propertyOf(values, i);
        const type = property && typeof property.value;
        if (type !== 'number' && type !== 'bigint') return false;
    }
    return true;
}

// Numbers are aligned at the right, everything else at the left.
function tableLine(parts, widths, room, first, end, isNumeric) {
    let line = '';
    for (let i = first; i < end; i++) {
        const isLast = i === end - 1;
        const text = isLast ? parts[i] : `${parts[i]}, `;
        const width = room[i - first] + parts[i].length - widths[i] - (isLast ? 2 : 0);
        if (isNumeric)
            line += padStart(text, width);
        else
            line += isLast ? text : padEnd(text, width);
    }
    return line;
}
