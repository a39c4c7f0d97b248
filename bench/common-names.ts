// Names to measure with. Both lists are written by hand: surnames with roughly the percentage of
// people in China who have them, as the yearly reports of the Ministry of Public Security have it;
// and characters of given names, the common ones first, older and newer ones. How often the
// latter are is a guess: each character's weight falls with its place. The firmware's order of
// characters comes from elsewhere (tools/pinyin/names.ts).
import { seededRandom } from '../host/emulator/random.js';

const SURNAMES = `
王7.17 李7.00 张6.74 刘5.10 陈4.61 杨3.22 黄2.45 赵2.30 吴2.08 周2.07 徐1.73
孙1.52 马1.29 朱1.26 胡1.20 郭1.18 何1.17 林1.13 高1.01 罗0.97 郑0.94 梁0.84
谢0.81 宋0.81 唐0.76 许0.75 韩0.69 邓0.66 冯0.65 曹0.63 彭0.62 曾0.60 肖0.59
田0.58 董0.56 潘0.55 袁0.53 蔡0.52 蒋0.51 余0.50 于0.49 杜0.49 叶0.48 程0.48
魏0.47 苏0.46 吕0.46 丁0.45 任0.43 卢0.42 姚0.42 沈0.41 钟0.40 姜0.40 崔0.39
谭0.38 陆0.38 范0.37 汪0.36 廖0.36 石0.34 金0.33 韦0.31 贾0.31 夏0.30 付0.30
方0.29 邹0.28 熊0.28 白0.27 孟0.27 秦0.26 邱0.26 侯0.26 江0.25 尹0.25 薛0.24
闫0.24 段0.24 雷0.23 龙0.22 黎0.22 史0.22 陶0.21 贺0.21 毛0.20 郝0.20 顾0.20
龚0.20 邵0.19 万0.19 覃0.18 武0.18 钱0.18 戴0.18 严0.17 莫0.17 孔0.17 向0.17
常0.16 赖0.18 文0.17 汤0.16 施0.16 温0.15 康0.15 易0.15 乔0.14 葛0.14 牛0.13
庄0.13 章0.13 齐0.12 鲁0.12 安0.12 梅0.12 翟0.12 尚0.12 伍0.11 岳0.11 左0.11
耿0.11 俞0.11 倪0.11 季0.10 游0.10 申0.10 焦0.09 欧0.09 柳0.09 辛0.08 柴0.08
欧阳0.08 管0.07 祝0.07 单0.06 解0.05 盛0.05 仇0.04 查0.03 司马0.01 诸葛0.01 上官0.01
`;

const GIVEN = `
英华玉明文秀丽红国金春梅建兰平军海芳志伟云小桂林艳霞凤德杰永玲生清光荣敏龙强琴燕娟新珍东芬俊福世成祥
飞辉勇波宇子晓涛鹏浩婷雪慧静娜佳洁莉兴宏立学忠松良仁义家安民庆胜利才元贵振连宝江亮刚峰超磊洋斌鑫欣怡
雨涵梓轩然博泽诗琪思可一嘉晨瑞佩美香月素淑惠莲翠菊彩爱倩颖莹薇蕾晶茜媛琳璐瑶萍凯旭睿昊天皓铭逸诺萱妍
彤馨依芸若熙悦航翔哲远达斯毅正中长森武全友富树启根来水火土木山石川河洪昌鸿万千百大先开顺康健贤维善仕
培景耀绍继承广朝传锦方雅芝琼蓉婉仪霄奕霖璇珊瑾萌柔岚锋锐钧炜炎烨煜熠尧坤基城均壮彪虎豹骏驰骥鸣鹤鹭雁
凡帆帅师冬夏秋冰心念怀恩懿信诚语言谦让谨论君吉星辰昕昱晋普智晴暖朗朋望
`;

/** Of the given names, so many have two characters. */
const TWO_CHARACTERS = 0.85;
/** Dampens the weight of the first places: the third is not a third as common as the first. */
const DAMPING = 12;

/** The same names for the same seed. */
export function commonNames(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  const surnames = [...SURNAMES.matchAll(/(\p{Script=Han}+)([\d.]+)/gu)].map(
    ([, text = '', percent]) => [text, Number(percent)] as const,
  );
  const given = Array.from(GIVEN.replaceAll('\n', ''), (text, place) => [text, 1 / (place + DAMPING)] as const);
  return Array.from({ length: count }, () => {
    const second = random() < TWO_CHARACTERS ? pick(given, random()) : '';
    return pick(surnames, random()) + pick(given, random()) + second;
  });
}

/** The one that a number from 0 to 1 falls on. */
function pick(list: readonly (readonly [text: string, weight: number])[], at: number): string {
  let left = at * list.reduce((sum, [, weight]) => sum + weight, 0);
  return (list.find(([, weight]) => (left -= weight) < 0) ?? list[0])?.[0] ?? '';
}
