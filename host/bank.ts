/** A bank that issues cards. */
export interface Bank {
  /** Capital letters and digits, as `ICBC`. Two banks may share one. */
  code: string;
  /** In Chinese, as `中国工商银行`. */
  name: string;
}
