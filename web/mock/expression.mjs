// A small part of the expression language, enough to try the playground without the daemon.
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(\?\?|[<>=!]=|&&|\|\||[-+*/%()<>?:,!]))/y;
const FUNCTIONS = { ceil: Math.ceil, floor: Math.floor, round: Math.round, min: Math.min, max: Math.max, abs: Math.abs };
const LEVELS = [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']];
const APPLY = {
  '||': (a, b) => a || b,
  '&&': (a, b) => a && b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

export class ExpressionError extends Error {
  constructor(message, text, at) {
    super(`${message} (1:${at + 1})`);
    this.caret = `${text}\n${' '.repeat(at)}^`;
  }
}

function tokens_of(text) {
  const tokens = [];
  let at = 0;
  while (text.slice(at).trim()) {
    TOKEN.lastIndex = at;
    const m = TOKEN.exec(text);
    if (!m) throw new ExpressionError(`unexpected ${JSON.stringify(text.slice(at).trim()[0])}`, text, at + text.slice(at).search(/\S/));
    at = TOKEN.lastIndex;
    const value = m[1] ?? m[2] ?? m[3];
    tokens.push({ kind: m[1] ? 'number' : m[2] ? 'name' : 'sign', value, at: at - value.length });
  }
  tokens.push({ kind: 'end', value: 'end of expression', at: text.length });
  return tokens;
}

const cache = new Map();

function compile(text) {
  const tokens = tokens_of(text);
  let i = 0;
  const peek = (v) => tokens[i].kind === 'sign' && tokens[i].value === v;
  const expect = (v) => {
    if (!peek(v)) throw new ExpressionError(`expected ${v}, found ${tokens[i].value}`, text, tokens[i].at);
    i++;
  };
  const binary = (level) => {
    if (level === LEVELS.length) return unary();
    let left = binary(level + 1);
    while (LEVELS[level].some(peek)) {
      const f = APPLY[tokens[i++].value];
      const [a, b] = [left, binary(level + 1)];
      left = (names) => f(a(names), b(names));
    }
    return left;
  };
  const unary = () => {
    if (peek('-') || peek('!')) {
      const minus = tokens[i++].value === '-';
      const of = unary();
      return minus ? (names) => -of(names) : (names) => !of(names);
    }
    return primary();
  };
  const primary = () => {
    const token = tokens[i++];
    if (token.kind === 'number') return () => Number(token.value);
    if (token.kind === 'sign' && token.value === '(') {
      const inner = choice();
      expect(')');
      return inner;
    }
    if (token.kind !== 'name') throw new ExpressionError(`unexpected ${token.value}`, text, token.at);
    if (peek('(')) return call(token);
    return (names) => {
      if (!(token.value in names)) throw new ExpressionError(`unknown name ${token.value}; did you mean queue_depth?`, text, token.at);
      return names[token.value];
    };
  };
  const call = (token) => {
    const f = FUNCTIONS[token.value];
    if (!f) throw new ExpressionError(`unknown name ${token.value}`, text, token.at);
    i++;
    const args = [];
    while (!peek(')')) {
      args.push(choice());
      if (!peek(')')) expect(',');
    }
    i++;
    return (names) => f(...args.map((a) => a(names)));
  };
  const choice = () => {
    const test = binary(0);
    if (!peek('?')) return test;
    i++;
    const yes = choice();
    expect(':');
    const no = choice();
    return (names) => (test(names) ? yes(names) : no(names));
  };
  const whole = choice();
  if (tokens[i].kind !== 'end') throw new ExpressionError(`unexpected ${tokens[i].value}`, text, tokens[i].at);
  return whole;
}

export function evaluate(text, names) {
  let compiled = cache.get(text);
  if (!compiled) {
    compiled = compile(text);
    if (cache.size > 1000) cache.clear();
    cache.set(text, compiled);
  }
  return compiled(names);
}
