/**
 * Numbers that payment processors and schemes publish for testing. They belong to no account, so a
 * card file that has only such numbers is not secret.
 */
export const PUBLISHED_TEST_NUMBERS: ReadonlySet<string> = new Set([
  '4242424242424242', // Visa
  '5555555555554444', // Mastercard
  '378282246310005', // American Express
  '3056930009020004', // Diners Club, 16 digits
  '6011111111111117', // Discover
  '3566002020360505', // JCB
  '6200000000000005', // UnionPay
  '6200000000000047',
  '6205500000000000004', // 19 digits
  '6243030000000001',
  '6221261111117766',
  '6223164991230014',
  '6304000000000000', // Maestro
  '6759560045005727054', // 19 digits
  // Published as UnionPay, although their check digit is wrong.
  '6222040000030012',
  '621003257857442',
  '6221558812340000',
  '622018111111111111',
]);
