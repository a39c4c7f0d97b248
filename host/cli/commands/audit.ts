import type { Command } from 'commander';
import { changesOf } from '../../audit/changes.js';
import { readAuditLog } from '../../audit/log.js';
import { usersLog } from '../audit.js';
import { brokenText, changeDocument, changesText } from '../audit-view.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';

export function add(audit: Command, context: Context): void {
  audit
    .option('--serial <serial>', 'only those of the terminal with this serial number')
    .action(({ serial }: { serial?: string }) => show(serial, context));
  audit
    .command('verify')
    .description('check that no line of the audit log was changed, removed or added; exit code 1 if one was')
    .option('--head <hash>', 'check too that the log still has the line with this SHA-256, as `verify` printed it once')
    .action(({ head }: { head?: string }) => verify(head, context));
}

function show(serial: string | undefined, { options, output }: Context): void {
  const log = options.audit ?? usersLog();
  const chain = readAuditLog(log);
  const changes = changesOf(chain).filter(({ begin }) => serial === undefined || begin.serial === serial);
  const { broken, torn } = chain;
  output.result({ log, changes: changes.map(changeDocument), broken, torn }, () =>
    [changesText(changes), ...(broken ? [`${brokenText(broken)} Run the command audit verify.`] : [])].join('\n'),
  );
}

function verify(wanted: string | undefined, context: Context): void {
  const log = context.options.audit ?? usersLog();
  const { links, broken: gap, torn } = readAuditLog(log);
  const head = links.at(-1)?.hash ?? null;
  const isLost = wanted !== undefined && !links.some(({ hash }) => hash === wanted.toLowerCase());
  const broken =
    gap ?? (isLost ? { line: links.length + 1, problem: `the line with the SHA-256 ${wanted} is missing` } : undefined);
  if (broken) context.exit = Exit.Refused;
  context.output.result({ log, verified: !broken, entries: links.length, head, broken, torn }, () =>
    [
      broken
        ? brokenText(broken)
        : `${links.length} entries, and each continues the one before it. The last one has the SHA-256\n${head}`,
      ...(torn === undefined
        ? []
        : [`Line ${torn} is torn: a crash or a full disk cut it off. The next change seals it.`]),
    ].join('\n'),
  );
}
