// `main.ts` imports this before anything else.

// Node prints warnings of libraries as they are, and they may quote a file with secrets: the YAML
// library's do. They tell a user nothing, so only their names are shown, with -v.
process.removeAllListeners('warning');
process.on('warning', ({ name }) => {
  if (process.argv.some((arg) => arg === '-v' || arg === '--verbose')) process.stderr.write(`${name}\n`);
});
