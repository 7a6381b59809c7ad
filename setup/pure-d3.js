/**
 * d3 makes its curves and tilings when it is loaded, by calling functions of its own; the bundler cannot know that nothing comes of a call
 * whose value nobody asks for, and would keep all its curves for the two that the map draws. Here it is told.
 */

/** @returns {import('vite').Plugin} */
export function pureD3() {
  return {
    name: 'packetwalk-pure-d3',
    apply: 'build',
    transform: {
      filter: { id: /node_modules.d3-(shape|hierarchy)./ },
      handler: (code) => ({ code: code.replace(/(?<= = )(\(function custom|curveRadial)\(/g, '/* @__PURE__ */ $&'), map: null }),
    },
  };
}
