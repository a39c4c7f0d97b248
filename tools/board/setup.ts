// On Debian, installs the tools that build and run the boards, and the data that a generated list
// is held to. Fetches the source of mbedTLS from the distribution: `npm run setup:board`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
process.chdir(root);

const TOOLS = ['wabt', 'gcc', 'gcc-arm-none-eabi', 'libnewlib-arm-none-eabi', 'libc6-dev', 'qemu-system-arm'];
/** Unihan, for tools/pinyin/, and what unpacks it. */
const DATA = ['unicode-data', 'bzip2'];
/** The package whose source is fetched, and its folder in build/. */
const SOURCE = 'mbedtls';
const APT = `${root}build/apt`;

function run(command: string, ...arguments_: readonly string[]): void {
  const { status, error } = spawnSync(command, arguments_, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return;
  const reason = error ? `: ${error.message}` : '';
  console.error(`${command} failed${reason}. npm run setup:board needs Debian, its package mirror, and root.`);
  process.exit(1);
}

function isInstalled(name: string): boolean {
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' });
  return status === 0 && stdout === 'install ok installed';
}

const missing = [...TOOLS, ...DATA].filter((name) => !isInstalled(name));
if (missing.length > 0) {
  console.error(`Installing ${missing.join(', ')} …`);
  run('apt-get', '-qq', 'update');
  run('apt-get', '-qq', 'install', '-y', '--no-install-recommends', ...missing);
}

if (!existsSync(`build/${SOURCE}/library/sha256.c`)) {
  console.error(`Fetching the source of ${SOURCE} …`);
  rmSync(APT, { recursive: true, force: true });
  mkdirSync(`${APT}/lists/partial`, { recursive: true });
  // A list of our own, so that the machine's list of sources does not change.
  writeFileSync(
    `${APT}/sources.list`,
    'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n',
  );
  const options = [
    `Dir::Etc::SourceList=${APT}/sources.list`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${APT}/lists`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  run('apt-get', '-qq', ...options, 'update');
  process.chdir(APT);
  run('apt-get', '-qq', ...options, 'source', '--download-only', SOURCE);
  process.chdir(root);
  const archive = readdirSync(APT).find((name) => name.endsWith('.orig.tar.gz'));
  if (archive === undefined) throw new Error(`apt-get fetched no archive of ${SOURCE}`);
  rmSync(`build/${SOURCE}`, { recursive: true, force: true });
  mkdirSync(`build/${SOURCE}`, { recursive: true });
  run('tar', 'xf', `${APT}/${archive}`, '-C', `build/${SOURCE}`, '--strip-components=1');
  rmSync(APT, { recursive: true });
}
