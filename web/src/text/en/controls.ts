/** The texts of the controls in a lesson, and of the results of its checks and exercises. */
export const controlsEn = {
  nav: { course: 'Course', neighbors: 'Neighboring lessons' },
  copied: 'Copied',
  notAllowed: 'Not allowed',
  trouble: 'That could not be computed',
  device: {
    opening: 'Opening the GPU …',
    needed: 'This part needs a GPU.',
    none: 'No GPU is available, so this page shows recorded results',
    which: 'Which browsers have WebGPU, and what to try',
    paper: 'You can still read everything, and solve the exercises on paper.',
    again: 'Try again',
    table: 'Table {number} of the figure',
    recorded: 'Recorded on {date} with {device}. The controls show the state of that run.',
  },
  kernel: {
    line: 'line {lines}',
    lines: 'lines {lines}',
    marked: 'Marked lines of {name}.wgsl',
    whole: 'The whole kernel, {count} lines',
    withNotes: 'The whole kernel, {count} lines, with notes',
    one: 'Line {line}',
    range: 'Lines {from} to {to}',
    from: '{name}.wgsl from line {line}',
  },
  check: {
    intro:
      'The gradient that the kernels compute is compared with central differences, (f(x + h) − f(x − h)) / 2h, element by element.',
    running: 'Checking …',
    pass: 'Pass:',
    fail: 'Fail:',
    error: 'Error:',
  },
  exercise: {
    intro:
      'In some of them you change a kernel until it is correct: your code is compiled on your GPU, run on test vectors and, where it computes a gradient, checked against central differences. The others ask for a number, which is compared with a computation. Your answers stay in this browser.',
    count: '{solved} of {total} solved.',
    solved: 'solved',
    open: 'Open the editor',
    run: 'Run the tests',
    running: 'Running …',
    race: 'Compare the speed',
    over: 'Start over',
    hint: 'Hint {number} of {total}',
    solution: 'A solution',
    copy: 'Copy it into the editor',
    answer: 'Your answer',
    answerIn: 'Your answer ({unit})',
    check: 'Check',
    noNumber: '“{text}” is not a number. Write it like 1234.5 or −0.25.',
    line: 'Line {line}, column {column}:',
    pass: 'Pass, {name}:',
    fail: 'Fail, {name}:',
    done: 'Solved.',
    next: 'Compare the speed with the library’s kernel, or try to make yours shorter.',
    raced: '{what}: your kernel {own} ms, feathergrad’s {library} ms.',
    slower:
      'On this device yours takes {times} times as long. The library’s kernels load four numbers at once and give each thread more than one result, so they load less often; yours computes one result per thread.',
    faster:
      'On this device yours is {times} times as fast. It does less: the library’s op also handles other shapes, infinities and NaN, and may take several dispatches.',
    equal:
      'That is about the same: on this device the time goes into memory or into starting the dispatch, not into the arithmetic.',
  },
  results: {
    missing: 'The code no longer declares {names}.',
    right: 'all {count} values are correct',
    wrong: '{wrong} of {count} values are wrong. At {at}: got {got}, expected {expected}.',
    slopes: 'gradient check',
    slopesRight: 'all {count} slopes agree with central differences',
    slopesWrong:
      '{wrong} of {count} slopes differ from central differences. The worst is at [{at}]: kernel {got}, central difference {expected}.',
    number: 'your number',
    numberRight: 'your device computes {expected}',
    tooSmall: 'your device computes another number; yours is too small',
    tooLarge: 'your device computes another number; yours is too large',
    checkRight:
      '{count} slopes agree. The largest difference is at {at}: the tape gives {got}, differences give {expected}.',
    checkWrong:
      '{wrong} of {count} slopes differ. The largest difference is at {at}: the tape gives {got}, differences give {expected}.',
  },
};
