export const backpropEn = {
  title: 'Backpropagation by hand',
  teaser: 'Five small steps forward, five small steps back: how every weight learns which way to move.',
  summary: {
    a: 'Training asks one question about every weight: if it grows a little, does the loss grow or fall, and how fast? The answer is a slope, ∂L/∂w. A network has millions of weights, so nobody tries them one by one.',
    b: 'Backpropagation computes all slopes in a single walk back through the computation. On the way forward each step is written down, like on a tape. On the way back each step needs only its own small derivative: multiply what arrives by it and pass it on. That is the chain rule.',
    c: 'If a value is used twice, it gets a slope from each use, and the two are added.',
  },
  description:
    'The computation L = ½ (hardswish(w · x + b) − t)² as a table of five steps. Sliders set w, x, b and the target t. Another slider moves along the tape: first the values appear from top to bottom, then the slopes from bottom to top, each with the small derivative that it was multiplied by. Your GPU computes all of them.',
  steps: {
    a: 'With w = 2, x = 1.5 and b = −2 the first two steps are p = 3 and z = 1. Hard-swish turns z into 1 · 4 / 6 = 0.667.',
    b: 'The target is 1, so the error e is −0.333 and the loss is ½ · 0.111 = 0.056. The way forward ends here.',
    c: 'Go one step back. The slope of ½ e² is e itself, so ∂L/∂e = −0.333. A subtraction passes it on unchanged to a.',
    d: 'At z the slope of hard-swish is 1/3 + 1/2 = 0.833. So ∂L/∂z = −0.333 · 0.833 = −0.278.',
    e: 'An addition passes the slope on to both of its inputs. A multiplication multiplies it by the other factor: ∂L/∂w = −0.278 · 1.5 = −0.417. The slope is negative, so a larger w makes the loss smaller.',
    f: 'Move b down to −7. Now z is −4, hard-swish is flat, and every slope before it is 0: this neuron does not learn from this example.',
  },
  note: 'The shortest kernel of the library, and one that backpropagation cannot do without: if a tensor was used twice, the slopes of its uses are added.',
  notes: {
    a: 'What it does, in one line: y += x.',
    b: 'Four numbers at once, and two arrays: the slope so far and the one to add.',
    c: 'One thread for four numbers. This is all there is: a load of each, one addition, one store.',
  },
  check: 'Check the slopes of w, x, b and t',
  breakIt: {
    label: 'Keep only the last slope',
    text: 'The loss ½ (w · x − t)² + ½ w² uses w twice: once to predict, once to keep the weight small. Gradient descent should find w = 1 for x = 1 and t = 2. What happens if the second slope replaces the first instead of being added?',
    right: 'The slopes were added: after {steps} steps w is {w} and the loss {loss}. The minimum is w = 1.',
    wrong:
      'Only the last slope was kept, that of ½ w². It always points to 0: after {steps} steps w is {w} and the loss {loss}. The prediction has been forgotten.',
    caption: 'w after each step',
  },
  questions: {
    a: {
      question: 'Why backward and not forward?',
      answer:
        'A walk forward would have to be made once for every weight: change one, compute the loss, compare. Backward, one walk computes the slopes of all weights, since they all end in the same single number, the loss. It costs about twice as much as the way forward.',
    },
    b: {
      question: 'What does the tape have to remember?',
      answer:
        'Whatever the small derivatives need. A multiplication remembers both factors, hard-swish its input z, an addition nothing at all. This is why training needs much more memory than recognition.',
    },
    c: {
      question: 'In the figure the slope of t is the slope of e with the opposite sign. Is t learned?',
      answer:
        'No. It is the right answer, and a network must not change it. The slope exists all the same; the tape skips it when nobody asks for it.',
    },
  },
  figure: {
    table: 'The tape',
    step: 'Position on the tape',
    forward: 'forward, step {step} of 5',
    done: 'the way forward is done',
    back: 'backward, step {step} of 5',
    name: 'step',
    value: 'value',
    small: 'small derivative',
    slope: 'slope of L',
    inputs: 'Inputs',
    learns: 'One step of gradient descent with learning rate 0.5 would change w from {from} to {to}.',
  },
  exercises: {
    product: {
      title: 'The slopes of a product',
      task: 'z = a · b, element by element. Given dz, the kernel should write the slope of a and then the slope of b, one after the other. It has the right idea, but each slope goes to the wrong factor.',
      hints: {
        a: 'If a grows by 1, by how much does a · b grow?',
        b: 'By b. So the slope of a is dz times b.',
      },
    },
    bias: {
      title: 'The slope of a bias',
      task: 'A bias is added to every row of a matrix, so each of its numbers is used once per row. dz has the shape [rows, columns]. The kernel writes the slope of the last row only. Add up all uses.',
      hints: {
        a: 'One thread handles one column. It has to visit every row.',
        b: 'Start a sum at 0 and add dz[row * params.columns + i] in a loop over the rows.',
      },
    },
    hand: {
      title: 'One slope by hand',
      task: 'L = ½ (hardswish(w · x + b) − t)² with w = 1, x = 2, b = −1.5 and t = 1. What is ∂L/∂w, to three decimals?',
      hints: {
        a: 'Forward: z = 0.5, then hardswish(z) = z (z + 3) / 6, then e.',
        b: 'Backward: ∂L/∂e = e, times the slope z/3 + 1/2, times x.',
      },
      solution:
        'z = 0.5, hardswish(z) = 0.5 · 3.5 / 6 = 0.2917, e = −0.7083. The slope of hard-swish is 0.5 / 3 + 0.5 = 0.6667. So ∂L/∂w = −0.7083 · 0.6667 · 2 = −0.944.',
    },
  },
  takeaways: {
    a: 'A slope says how fast the loss changes when one number changes.',
    b: 'On the way back every step multiplies the slope that arrives by its own small derivative.',
    c: 'Slopes of several uses of the same value are added.',
  },
  difficulties: {
    a: {
      difficulty: 'Learners compute ∂p/∂w = w instead of x.',
      help: 'Let them move the slider of w by 1 while x stays 1.5 and read how much p changes: 1.5.',
    },
    b: {
      difficulty: 'They add along the path and multiply between paths.',
      help: 'It is the other way round. Use water pipes as a picture: along one pipe factors multiply, where two pipes meet the flows add.',
    },
    c: {
      difficulty: 'They think that the way back needs the loss.',
      help: 'It starts with the slope of the loss with respect to itself, which is always 1. The value of the loss is only for us to look at.',
    },
  },
};
