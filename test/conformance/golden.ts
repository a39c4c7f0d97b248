/**
 * A frame and the terminal's reply to it, byte for byte. They were made by hand-written CBOR and
 * framing in Python 3.11 (struct, base64, binascii.crc_hqx), which shares no code with this
 * project. The first is the example in docs/PROTOCOL.md. Each string is a line: its mark in
 * hexadecimal, a space, and its base64; the line feed is left out.
 */
interface Golden {
  readonly what: string;
  readonly request: readonly string[];
  readonly answer: readonly string[];
}

export const RESET: Golden = {
  what: 'reset',
  request: ['0609 AAsKAAABAAASBaDNJA=='],
  answer: ['0609 AAsLAAABAAASBaAmBw=='],
};

export const GOLDEN: readonly Golden[] = [
  {
    what: 'an echo, version 2',
    request: ['0609 ABMKAAAJAAAAAKFhZGVoZWxsb6J/'],
    answer: ['0609 ABMLAAAJAAAAAKFhcmVoZWxsbyTD'],
  },
  {
    what: 'an echo, version 1',
    request: ['0609 ABMCAAAJAAABAKFhZGVoZWxsb/0m'],
    answer: ['0609 ABMDAAAJAAABAKFhcmVoZWxsb3ua'],
  },
  {
    what: 'an echo over several lines',
    request: [
      '0609 AHMKAABpAABCAKFhZHhkeHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4',
      '0414 eHh4eHh4eHh4eHh4eHh4eHh4eHh4eIjo',
    ],
    answer: [
      '0609 AHMLAABpAABCAKFhcnhkeHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4',
      '0414 eHh4eHh4eHh4eHh4eHh4eHh4eHh4eJZN',
    ],
  },
  {
    what: 'params',
    request: ['0609 AAsIAAABAAACBqAdcw=='],
    answer: ['0609 ACIJAAAYAAACBqJoYnVmX3NpemUZCABpYnVmX2NvdW50AXfD'],
  },
  {
    what: 'params, without a body',
    request: ['0609 AAoIAAAAAAADBitP'],
    answer: ['0609 ACIJAAAYAAADBqJoYnVmX3NpemUZCABpYnVmX2NvdW50Adui'],
  },
  {
    what: 'params, version 1',
    request: ['0609 AAsAAAABAAD/BqCVjw=='],
    answer: ['0609 ACIBAAAYAAD/BqJoYnVmX3NpemUZCABpYnVmX2NvdW50Ab2v'],
  },
  {
    what: 'bootloader',
    request: ['0609 AAsIAAABAAAECKCM3A=='],
    answer: ['0609 ABsJAAARAAAECKFqYm9vdGxvYWRlcmRub25l04s='],
  },
  {
    what: 'a bootloader query, version 2',
    request: ['0609 ABYIAAAMAAAFCKFlcXVlcnlkbW9kZah6'],
    answer: ['0609 ABsJAAARAAAFCKFjZXJyomVncm91cABicmMD8RE='],
  },
  {
    what: 'a bootloader query, version 1',
    request: ['0609 ABYAAAAMAAAGCKFlcXVlcnlkbW9kZZhg'],
    answer: ['0609 AA8BAAAFAAAGCKFicmMFp08='],
  },
  {
    what: 'stat list',
    request: ['0609 AAsIAAABAAIHAaCCfA=='],
    answer: ['0609 AC4JAAAkAAIHAaFpc3RhdF9saXN0hGRsaW5rZWZsYXNoZ3Nlc3Npb25kYm9vdLLR'],
  },
  {
    what: 'an unknown group of statistics, version 2',
    request: ['0609 ABIIAAAIAAIIAKFkbmFtZWF4+Lw='],
    answer: ['0609 ABsJAAARAAIIAKFjZXJyomVncm91cAJicmMCOYQ='],
  },
  {
    what: 'an unknown group, version 2',
    request: ['0609 AAsIAAABAEAJAKApuA=='],
    answer: ['0609 AA8JAAAFAEAJAKFicmMIDMM='],
  },
  {
    what: 'an unknown command, version 1',
    request: ['0609 AAsAAAABAAAKTaBMGw=='],
    answer: ['0609 AA8BAAAFAAAKTaFicmMIDZg='],
  },
  {
    what: 'a map of indefinite length',
    request: ['0609 ABEKAAAHAAALAL9hZGJoaf+9oQ=='],
    answer: ['0609 ABALAAAGAAALAKFhcmJoaXOM'],
  },
  { what: 'malformed CBOR', request: ['0609 AA0KAAADAAAMAKFhZN/2'], answer: ['0609 AA8LAAAFAAAMAKFicmMDuBk='] },
  {
    what: 'a body that is nested too deep',
    request: [
      '0609 ANYKAADMAAANAKFheIGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGB',
      '0414 gYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGB',
      '0414 gYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBAFqA',
    ],
    answer: ['0609 AA8LAAAFAAANAKFicmMDAHg='],
  },
  {
    what: 'a text that is longer than its packet',
    request: ['0609 ABYKAAAMAAAOAKFhZHv//////////+x6'],
    answer: ['0609 AA8LAAAFAAAOAKFicmMD2Po='],
  },
  {
    what: 'a card command in clear, version 2',
    request: ['0609 AAsIAAABAEIPAKB2cA=='],
    answer: ['0609 AB4JAAAUAEIPAKFjZXJyomVncm91cBhCYnJjGQEhnIs='],
  },
  {
    what: 'a card command in clear, version 1',
    request: ['0609 AAsAAAABAEIQAKAw3Q=='],
    answer: ['0609 ACEBAAAXAEIQAKJicmMBY3Jzbm1zZXNzaW9uOiBub25lEj4='],
  },
  {
    what: 'a message of a session that does not exist',
    request: ['0609 ADEKAAAnAEERAqNhcxoAARFwYW4AYWRYGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAJRl'],
    answer: ['0609 AB4LAAAUAEERAqFjZXJyomVncm91cBhBYnJjGQEhhuU='],
  },
  {
    what: 'a key component in clear while a live key is loaded',
    request: ['0609 ADcKAAAtAEETBKJkcGFydAFja2V5WCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP2Z'],
    answer: ['0609 AB4LAAAUAEETBKFjZXJyomVncm91cBhBYnJjGQElwac='],
  },
  {
    what: 'a field that group 65 does not know',
    request: ['0609 AA4KAAAEAEEUAaFheADjPQ=='],
    answer: ['0609 AB4LAAAUAEEUAaFjZXJyomVncm91cBhBYnJjGQEXdNI='],
  },
  {
    what: 'the opening of a session without its field',
    request: ['0609 AAsKAAABAEEVAaCcWA=='],
    answer: ['0609 AB4LAAAUAEEVAaFjZXJyomVncm91cBhBYnJjGQEY6OU='],
  },
  {
    what: 'an echo, version 3',
    request: ['0609 ABASAAAGAAAHAKFhZGJoaQj4'],
    answer: ['0609 AA8LAAAFAAAHAKFicmMNEvg='],
  },
  {
    what: 'a read, version 4',
    request: ['0609 AAsYAAABAAAIBqCJTA=='],
    answer: ['0609 AA8JAAAFAAAIBqFicmMNnzY='],
  },
  {
    what: 'an echo whose header announces more than there is',
    request: ['0609 ABAKAAAgAAAHAKFhZGJoaX7q'],
    answer: ['0609 AA8LAAAFAAAHAKFicmMJUnw='],
  },
  {
    what: 'an echo whose header announces less than there is',
    request: ['0609 ABAKAAAFAAAJAKFhZGJoacOP'],
    answer: ['0609 AA8LAAAFAAAJAKFicmMJYPQ='],
  },
  {
    what: 'a read, version 1, whose header announces no body, though there is one',
    request: ['0609 AAsAAAAAAAIKAaCscg=='],
    answer: ['0609 AA8BAAAFAAIKAaFicmMJ8+w='],
  },
  {
    what: 'op 5, version 2',
    request: ['0609 AAsNAAABAAAHAKAr6Q=='],
    answer: ['0609 AA8LAAAFAAAHAKFicmMIQl0='],
  },
  {
    what: 'op 4, version 1',
    request: ['0609 AAsEAAABAEILAKAfoA=='],
    answer: ['0609 AA8DAAAFAEILAKFicmMIYho='],
  },
  {
    what: 'op 7, version 4, of an unknown group, with a wrong length',
    request: ['0609 AAsfAAAJAGMMAKCBzQ=='],
    answer: ['0609 AA8LAAAFAGMMAKFicmMJXJ4='],
  },
  {
    what: 'op 6, version 4',
    request: ['0609 AAseAAABAGMNAKBQnA=='],
    answer: ['0609 AA8LAAAFAGMNAKFicmMI9N4='],
  },
  {
    what: 'a date that is none, version 2',
    request: ['0609 AB8KAAAVAAAOBKFoZGF0ZXRpbWVqMjAyNi0xMy0wMWtA'],
    answer: ['0609 AA8LAAAFAAAOBKFicmMD3ls='],
  },
  {
    what: 'a date that is none, version 1',
    request: ['0609 AB8CAAAVAAAPBKFoZGF0ZXRpbWVqMjAyNi0xMy0wMfmc'],
    answer: ['0609 AA8DAAAFAAAPBKFicmMDbWA='],
  },
  {
    what: 'a key given twice that the command does not know',
    request: ['0609 ABYKAAAMAAAQAKNheAFhZGJoaWF4Ao1z'],
    answer: ['0609 AA8LAAAFAAAQAKFicmMD3Qk='],
  },
  {
    what: 'the count of groups',
    request: ['0609 AAsIAAABAAoBAKCGLg=='],
    answer: ['0609 ABIJAAAIAAoBAKFlY291bnQG49g='],
  },
  {
    what: 'the list of groups',
    request: ['0609 AAsIAAABAAoCAaDsTw=='],
    answer: ['0609 ABwJAAASAAoCAaFmZ3JvdXBzhgACChhBGEIYQ2V3'],
  },
  {
    what: 'the list of groups, version 1',
    request: ['0609 AAsAAAABAAoDAaDygA=='],
    answer: ['0609 ABwBAAASAAoDAaFmZ3JvdXBzhgACChhBGEIYQ2Np'],
  },
  {
    what: 'the first group',
    request: ['0609 AAoIAAAAAAoEAjWd'],
    answer: ['0609 ABIJAAAIAAoEAqFlZ3JvdXAAqNI='],
  },
  {
    what: 'a group by its index',
    request: ['0609 ABIIAAAIAAoFAqFlaW5kZXgDhNc='],
    answer: ['0609 ABMJAAAJAAoFAqFlZ3JvdXAYQZf1'],
  },
  {
    what: 'the last group',
    request: ['0609 ABIIAAAIAAoGAqFlaW5kZXgFVd4='],
    answer: ['0609 ABgJAAAOAAoGAqJlZ3JvdXAYQ2NlbmT1XEA='],
  },
  {
    what: 'a group behind the last one, version 2',
    request: ['0609 ABIIAAAIAAoHAqFlaW5kZXgGCvg='],
    answer: ['0609 ABsJAAARAAoHAqFjZXJyomVncm91cApicmMEvLQ='],
  },
  {
    what: 'a group behind the last one, version 1',
    request: ['0609 ABIAAAAIAAoIAqFlaW5kZXgGTcw='],
    answer: ['0609 AA8BAAAFAAoIAqFicmMBwj0='],
  },
  {
    what: 'the index of a group above 65535',
    request: ['0609 ABYIAAAMAAoJAqFlaW5kZXgaAAEAADmd'],
    answer: ['0609 AA8JAAAFAAoJAqFicmMDUUQ='],
  },
  {
    what: 'details of groups, which are optional',
    request: ['0609 AAsIAAABAAoKA6AjjA=='],
    answer: ['0609 AA8JAAAFAAoKA6FicmMIfQ0='],
  },
  {
    what: 'a write to the list of groups',
    request: ['0609 AAsKAAABAAoLAaC0uQ=='],
    answer: ['0609 AA8LAAAFAAoLAaFicmMIxOo='],
  },
];
