// Elements without a framework. Texts only ever become text nodes: what a system under test sent
// cannot turn into markup.

type Attributes = Record<string, string | number | boolean>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

export function button(label: string, title: string, press: () => void): HTMLButtonElement {
  const made = el('button', { type: 'button', title }, label);
  made.addEventListener('click', press);
  return made;
}

// Puts `text` on the clipboard and says so on the button for a moment.
export async function copy(text: string, from: HTMLButtonElement): Promise<void> {
  const label = from.textContent ?? '';
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = copyBySelection(text);
  }
  from.textContent = done ? 'Copied' : 'Not permitted here';
  setTimeout(() => (from.textContent = label), 1500);
}

// Where the clipboard is not offered, as on plain http.
function copyBySelection(text: string): boolean {
  const field = el('textarea', { 'aria-hidden': 'true', class: 'aside' });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}

export function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = el('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
