import { expect, it } from 'vitest';
import { montage, pixels, png, Screen } from '../../host/screen/index.js';
import { bundle, openPage } from '../support/browser.js';

const MODULES = ['octobind/emulator', 'octobind/screen'];

it('draws in a browser what it draws in Node, to the byte', async () => {
  const page = await openPage(MODULES);
  const script = `
    const { Screen, pixels, png, montage } = octobind;
    const menu = new Screen(16, 4);
    menu.writeRow(0, '系统设置', { reversed: true });
    menu.writeRow(1, '1-Nguyễn 😀');
    const code = new Screen(20, 8);
    code.showQr('https://example.com');
    const pages = [{ caption: '主菜单', screen: menu.state }, { caption: 'QR', screen: code.state }];
    [png(pixels(menu.state)), png(pixels(code.state)), montage(pages)].map((bytes) => bytes.join()).join('|');
  `;
  const drawn = page.run(script);
  const menu = new Screen(16, 4);
  menu.writeRow(0, '系统设置', { reversed: true });
  menu.writeRow(1, '1-Nguyễn 😀');
  const code = new Screen(20, 8);
  code.showQr('https://example.com');
  const pages = [
    { caption: '主菜单', screen: menu.state },
    { caption: 'QR', screen: code.state },
  ];
  const here = [png(pixels(menu.state)), png(pixels(code.state)), montage(pages)];
  expect(drawn).toBe(here.map((bytes) => bytes.join()).join('|'));
});

it('names nothing of Node', async () => {
  const text = await bundle(MODULES);
  const code = text.replace(/\/\*.*?\*\//gs, '');
  expect(code.match(/\b(?:Buffer|setImmediate|process\.\w+|require\(|node:\w+)/g)).toBeNull();
});

it('is no part of what a page loads that does not draw', async () => {
  expect(await bundle()).not.toMatch(/host\/screen\/(?:glyphs|font|qr|png)\.js/);
  expect(await bundle(MODULES)).toMatch(/host\/screen\/glyphs\.js/);
});
