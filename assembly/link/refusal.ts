import { Group, OsRc, Rc, Refusal, StatRc } from '../protocol';
import { waitMs } from '../session/guard';
import { putField, putLiteral, putMap } from './writer';

/** Slot (1 to 8) that the refusal under way means; 0 none. */
export let refusalSlot: i32 = 0;

export function setRefusalSlot(slot: i32): void {
  refusalSlot = slot;
}

/** Writes the error map of a group's own result code: docs/PROTOCOL.md, "Errors". */
export function putRefusal(version2: bool, group: i32, rc: i32): void {
  const ours = group == Group.Card || group == Group.Session;
  const named = group == Group.Card && refusalSlot != 0;
  const waits = ours && rc == Refusal.TooSoon;
  const details = (named ? 1 : 0) + (waits ? 1 : 0);
  if (version2) {
    putMap(1 + details);
    putLiteral('err');
    putMap(2);
    putField('group', group);
    putField('rc', rc);
  } else if (ours) {
    putMap(2 + details);
    putField('rc', Rc.Unknown);
    putLiteral('rsn');
    putLiteral(reason(rc));
  } else {
    putMap(1);
    putField('rc', smpCode(group, rc));
  }
  if (named) putField('slot', refusalSlot);
  if (waits) putField('wait', waitMs);
}

/** What a group's own code is in version 1, which has SMP's codes alone. */
function smpCode(group: i32, rc: i32): i32 {
  if (group == Group.Stat) return rc == StatRc.InvalidGroup ? Rc.NoEntry : Rc.Unknown;
  if (rc == OsRc.InvalidFormat) return Rc.Invalid;
  return rc == OsRc.QueryYieldsNoAnswer || rc == OsRc.RtcNotSet ? Rc.NoEntry : Rc.Unknown;
}

/** The texts of version 1. docs/PROTOCOL.md lists them. */
function reason(refusal: i32): string {
  switch (refusal) {
    case Refusal.PanCharacter:
      return 'number: digits only';
    case Refusal.PanLength:
      return 'number: 12 to 19 digits';
    case Refusal.PanCheckDigit:
      return 'number: check digit';
    case Refusal.PanSchemeLength:
      return 'number: length for scheme';
    case Refusal.NameLength:
      return 'name: 2 to 26 characters';
    case Refusal.NameCharacter:
      return 'name: character';
    case Refusal.NameDigits:
      return 'name: digits only';
    case Refusal.NamePan:
      return 'name: card number';
    case Refusal.NameControl:
      return 'name: control character';
    case Refusal.NameSeparator:
      return 'name: separator';
    case Refusal.NameScripts:
      return 'name: mixed scripts';
    case Refusal.NameEdge:
      return 'name: space or dot misplaced';
    case Refusal.NameBytes:
      return 'name: too many bytes';
    case Refusal.TableFull:
      return 'all eight slots are bound';
    case Refusal.SlotRange:
      return 'slot: 1 to 8';
    case Refusal.SlotOccupied:
      return 'slot occupied';
    case Refusal.DuplicateCard:
      return 'card bound already';
    case Refusal.HolderDiffers:
      return 'card bound, other name';
    case Refusal.RoleDiffers:
      return 'card bound, other role';
    case Refusal.SettlementTaken:
      return 'settlement card bound already';
    case Refusal.RoleUnknown:
      return 'role: 1 or 2';
    case Refusal.GenerationStale:
      return 'generation stale';
    case Refusal.SensitiveData:
      return 'sensitive data refused';
    case Refusal.FieldUnknown:
      return 'field unknown';
    case Refusal.FieldMissing:
      return 'field missing';
    case Refusal.FlashForeign:
      return 'flash: foreign data';
    case Refusal.FlashGeometry:
      return 'flash: other geometry';
    case Refusal.FlashDamaged:
      return 'flash: record damaged';
    case Refusal.FlashFailed:
      return 'flash: write failed';
    case Refusal.FlashUnsupported:
      return 'flash: unsupported geometry';
    case Refusal.KeyMissing:
      return 'no key';
    case Refusal.FlashWorn:
      return 'flash: worn out, read only';
    case Refusal.FlashUnread:
      return 'flash: read failed';
    case Refusal.FlashForged:
      return 'flash: not the table written last';
    case Refusal.SessionMissing:
      return 'session: none';
    case Refusal.NotAuthentic:
      return 'session: not authentic';
    case Refusal.Replayed:
      return 'session: replayed';
    case Refusal.TooSoon:
      return 'too soon';
    case Refusal.KeyLive:
      return 'key: live';
    case Refusal.PartMissing:
      return 'key: component missing';
    case Refusal.CheckValueDiffers:
      return 'key: check value';
    case Refusal.PasswordShape:
      return 'password: 6 to 16 characters';
    case Refusal.PasswordWrong:
      return 'password: wrong';
    case Refusal.Tampered:
      return 'tampered: contact the bank';
    case Refusal.KeyWeak:
      return 'key: weak';
    default:
      return 'refused';
  }
}
