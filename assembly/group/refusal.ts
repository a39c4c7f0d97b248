import { putField, putMap, putRom, putWord } from '../cbor/writer';
import { codeOf, detailOf, Outcome } from '../outcome';
import { Group, OsRc, Rc, Refusal, StatRc } from '../protocol';
import { RomText } from '../text/rom';

/** Writes the error map of a refusal: docs/PROTOCOL.md, "Errors". */
export function putRefusal(version2: bool, group: i32, refusal: Outcome): void {
  const code = codeOf(refusal);
  const detail = detailOf(refusal);
  const ours = group >= Group.Session;
  const details = ours && detail != 0 ? 1 : 0;
  if (version2) {
    putMap(1 + details);
    putWord(word('err'));
    putMap(2);
    putField(word('group'), group);
    putField(word('rc'), code);
  } else if (ours) {
    putMap(2 + details);
    putField(word('rc'), Rc.Unknown);
    putWord(word('rsn'));
    putRom(reasonOf(code));
  } else {
    putMap(1);
    putField(word('rc'), smpCode(group, code));
  }
  if (details != 0) putField(code == Refusal.TooSoon ? word('wait') : word('slot'), detail);
}

/** A group's own code in version 1, which has SMP's codes alone. */
function smpCode(group: i32, code: i32): i32 {
  // Zephyr has no SMP code of its own for the errors of group 10.
  if (group == Group.Enumeration) return Rc.Unknown;
  if (group == Group.Stat) return code == StatRc.InvalidGroup ? Rc.NoEntry : Rc.Unknown;
  if (code == OsRc.InvalidFormat) return Rc.Invalid;
  return code == OsRc.QueryYieldsNoAnswer || code == OsRc.RtcNotSet ? Rc.NoEntry : Rc.Unknown;
}

/** The texts of version 1. docs/PROTOCOL.md lists them. */
function reasonOf(refusal: i32): RomText {
  switch (refusal) {
    case Refusal.PanCharacter:
      return rom('number: digits only');
    case Refusal.PanLength:
      return rom('number: 12 to 19 digits');
    case Refusal.PanCheckDigit:
      return rom('number: check digit');
    case Refusal.PanSchemeLength:
      return rom('number: length for scheme');
    case Refusal.NameLength:
      return rom('name: 2 to 26 characters');
    case Refusal.NameCharacter:
      return rom('name: character');
    case Refusal.NameDigits:
      return rom('name: digits only');
    case Refusal.NamePan:
      return rom('name: card number');
    case Refusal.NameControl:
      return rom('name: control character');
    case Refusal.NameSeparator:
      return rom('name: separator');
    case Refusal.NameScripts:
      return rom('name: mixed scripts');
    case Refusal.NameEdge:
      return rom('name: space or dot misplaced');
    case Refusal.NameBytes:
      return rom('name: too many bytes');
    case Refusal.TableFull:
      return rom('all eight slots are bound');
    case Refusal.SlotRange:
      return rom('slot: 1 to 8');
    case Refusal.SlotOccupied:
      return rom('slot occupied');
    case Refusal.DuplicateCard:
      return rom('card bound already');
    case Refusal.HolderDiffers:
      return rom('card bound, other name');
    case Refusal.RoleDiffers:
      return rom('card bound, other role');
    case Refusal.SettlementTaken:
      return rom('settlement card bound already');
    case Refusal.RoleUnknown:
      return rom('role: 1 or 2');
    case Refusal.GenerationStale:
      return rom('generation stale');
    case Refusal.SensitiveData:
      return rom('sensitive data refused');
    case Refusal.FieldUnknown:
      return rom('field unknown');
    case Refusal.FieldMissing:
      return rom('field missing');
    case Refusal.FlashForeign:
      return rom('flash: foreign data');
    case Refusal.FlashGeometry:
      return rom('flash: other geometry');
    case Refusal.FlashDamaged:
      return rom('flash: record damaged');
    case Refusal.FlashFailed:
      return rom('flash: write failed');
    case Refusal.FlashUnsupported:
      return rom('flash: unsupported geometry');
    case Refusal.KeyMissing:
      return rom('no key');
    case Refusal.FlashWorn:
      return rom('flash: worn out, read only');
    case Refusal.FlashUnread:
      return rom('flash: read failed');
    case Refusal.PanRepeated:
      return rom('number: one digit repeated');
    case Refusal.PolicySlots:
      return rom('policy: no more cards');
    case Refusal.PolicyScheme:
      return rom('policy: scheme not allowed');
    case Refusal.PolicyLost:
      return rom('policy: not the one written last');
    case Refusal.PolicyText:
      return rom('policy: text');
    case Refusal.PolicyRange:
      return rom('policy: number out of range');
    case Refusal.FlashForged:
      return rom('flash: not the table written last');
    case Refusal.SessionMissing:
      return rom('session: none');
    case Refusal.NotAuthentic:
      return rom('session: not authentic');
    case Refusal.Replayed:
      return rom('session: replayed');
    case Refusal.TooSoon:
      return rom('too soon');
    case Refusal.KeyLive:
      return rom('key: live');
    case Refusal.PartMissing:
      return rom('key: component missing');
    case Refusal.CheckValueDiffers:
      return rom('key: check value');
    case Refusal.PasswordShape:
      return rom('password: 6 to 16 digits');
    case Refusal.PasswordWrong:
      return rom('password: wrong');
    case Refusal.Tampered:
      return rom('tampered: contact the bank');
    case Refusal.KeyWeak:
      return rom('key: weak');
    default:
      return rom('refused');
  }
}
