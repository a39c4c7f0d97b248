// Makes characters.txt: `npm run pinyin`. It needs Debian's package unicode-data. With --names it
// makes name-characters.txt before, which needs python3-jieba.
import { writeFileSync } from 'node:fs';
import { hasDictionary, nameCharactersText } from './names.js';
import { charactersText, hasUnihan } from './unihan.js';

const write = (name: string, text: string): void => {
  writeFileSync(new URL(name, import.meta.url), text);
};

const needed = [
  ...(hasUnihan() ? [] : ['unicode-data']),
  ...(process.argv.includes('--names') && !hasDictionary() ? ['python3-jieba'] : []),
];
if (needed.length > 0) {
  console.error(`Run apt-get install ${needed.join(' ')} first.`);
  process.exitCode = 2;
} else {
  if (process.argv.includes('--names')) write('name-characters.txt', nameCharactersText());
  write('characters.txt', charactersText());
}
