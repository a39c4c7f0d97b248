import { DATE_TIME_BYTES, formatDateTime, parseDateTime } from '../../assembly/text/date-time';
import { get, put, SCRATCH } from './text';

const OUT: usize = SCRATCH + 512;

function parsed(text: string): i64 {
  return parseDateTime(SCRATCH, put(text, SCRATCH));
}

function formatted(time: i64): string {
  formatDateTime(time, OUT);
  return get(OUT, DATE_TIME_BYTES);
}

describe('datetime', () => {
  it('parses every time that it formats', () => {
    expect(formatted(0)).toBe('1970-01-01T00:00:00.000');
    expect(formatted(951_782_400_000)).toBe('2000-02-29T00:00:00.000');
    expect(formatted(1_767_323_045_678)).toBe('2026-01-02T03:04:05.678');
    expect(formatted(253_402_300_799_999)).toBe('9999-12-31T23:59:59.999');
    for (let day: i64 = 0; day < 40_000; day += 13) {
      const time = day * 86_400_000 + ((day * 7_919_123) % 86_400_000);
      expect(parsed(formatted(time))).toBe(time);
    }
  });

  it('accepts fractions of a second and time zones', () => {
    expect(parsed('2026-01-02T03:04:05')).toBe(1_767_323_045_000);
    expect(parsed('2026-01-02 03:04:05')).toBe(1_767_323_045_000);
    expect(parsed('2026-01-02T03:04:05Z')).toBe(1_767_323_045_000);
    expect(parsed('2026-01-02T03:04:05.678901')).toBe(1_767_323_045_678);
    expect(parsed('2026-01-02T03:04:05.6Z')).toBe(1_767_323_045_600);
    expect(parsed('2026-01-02T11:04:05+08:00')).toBe(1_767_323_045_000);
    expect(parsed('2026-01-01T22:34:05-04:30')).toBe(1_767_323_045_000);
  });

  it('refuses text that is not a date and a time', () => {
    const wrong = [
      '',
      '2026-01-02',
      '2026-02-29T00:00:00',
      '2026-13-01T00:00:00',
      '2026-00-01T00:00:00',
      '2026-01-32T00:00:00',
      '2026-01-01T24:00:00',
      '2026-01-01T00:60:00',
      '2026-01-01T00:00:60',
      '1969-12-31T23:59:59',
      '2026-01-01T00:00:00.',
      '2026-01-01T00:00:00X',
      '2026-01-01T00:00:00+0800',
      '2026-01-01T00:00:00Zz',
      '2026-1-01T00:00:000',
      '1970-01-01T00:00:00+01:00',
      '2026/01-02T03:04:05',
      '2026-01/02T03:04:05',
      '2026-01-02x03:04:05',
      '2026-01-02T03.04:05',
      '2026-01-02T03:04.05',
      '2026-01-02T03:04:05+24:00',
      '2026-01-02T03:04:05+01:60',
      '9999-12-31T23:59:59-00:01',
      '2026-01-01T00:00:00.1234567890',
    ];
    for (let i = 0; i < wrong.length; i++) expect(parsed(wrong[i])).toBe(-1, wrong[i]);
  });

  it('refuses a text that is cut off, whatever lies behind it', () => {
    const whole = put('2026-01-02T03:04:05', SCRATCH);
    expect(parseDateTime(SCRATCH, whole)).toBe(1_767_323_045_000);
    for (let len = 0; len < whole; len++) expect(parseDateTime(SCRATCH, len)).toBe(-1);
  });
});
