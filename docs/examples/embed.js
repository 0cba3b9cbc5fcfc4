// Prints the most frequent words of the files that are its arguments: embed embed.js file...
function mostFrequent(text, count) {
    const counts = new Map();
    for (const [word] of text.matchAll(/[a-z]+/gi)) counts.set(word, (counts.get(word) ?? 0) + 1);
    return new Map([...counts].sort((left, right) => right[1] - left[1]).slice(0, count));
}

async function main() {
    for (const path of args) {
        console.log(path, mostFrequent(readText(path), 3));
        await new Promise(resolve => setTimeout(resolve, 1)); // anything else may run meanwhile
    }
}

main();
