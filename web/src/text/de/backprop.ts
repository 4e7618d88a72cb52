import type { backpropEn } from '../en/backprop.ts';
import type { Shape } from '../shape.ts';

export const backpropDe: Shape<typeof backpropEn> = {
  title: 'Backpropagation von Hand',
  teaser:
    'Fünf kleine Schritte vorwärts, fünf zurück: So erfährt jedes Gewicht, in welche Richtung es sich bewegen soll.',
  summary: {
    a: 'Beim Training gibt es zu jedem Gewicht eine Frage: Wenn es ein wenig wächst, wächst dann der Verlust oder fällt er, und wie schnell? Die Antwort ist eine Steigung, ∂L/∂w. Ein Netz hat Millionen Gewichte, also probiert sie niemand einzeln aus.',
    b: 'Backpropagation berechnet alle Steigungen auf einem einzigen Weg rückwärts durch die Rechnung. Auf dem Hinweg wird jeder Schritt aufgeschrieben wie auf einem Band. Auf dem Rückweg braucht jeder Schritt nur seine eigene kleine Ableitung: Er multipliziert damit, was ankommt, und gibt es weiter. Das ist die Kettenregel.',
    c: 'Wird ein Wert zweimal verwendet, bekommt er von jeder Verwendung eine Steigung, und die beiden werden addiert.',
  },
  description:
    'Die Rechnung L = ½ (hardswish(w · x + b) − t)² als Tabelle mit fünf Schritten. Schieberegler stellen w, x, b und das Ziel t ein. Ein weiterer Regler läuft am Band entlang: Zuerst erscheinen die Werte von oben nach unten, dann die Steigungen von unten nach oben, jede mit der kleinen Ableitung, mit der sie multipliziert wurde. Deine GPU rechnet alles davon aus.',
  steps: {
    a: 'Mit w = 2, x = 1,5 und b = −2 ergeben die ersten beiden Schritte p = 3 und z = 1. Hard-Swish macht aus z den Wert 1 · 4 / 6 = 0,667.',
    b: 'Das Ziel ist 1, also ist der Fehler e = −0,333 und der Verlust ½ · 0,111 = 0,056. Hier endet der Hinweg.',
    c: 'Geh einen Schritt zurück. Die Steigung von ½ e² ist e selbst, also ∂L/∂e = −0,333. Eine Subtraktion gibt sie unverändert an a weiter.',
    d: 'Bei z hat Hard-Swish die Steigung 1/3 + 1/2 = 0,833. Also ist ∂L/∂z = −0,333 · 0,833 = −0,278.',
    e: 'Eine Addition gibt die Steigung an beide Eingänge weiter. Eine Multiplikation multipliziert sie mit dem anderen Faktor: ∂L/∂w = −0,278 · 1,5 = −0,417. Die Steigung ist negativ, ein größeres w macht den Verlust also kleiner.',
    f: 'Schieb b auf −7. Jetzt ist z = −4, Hard-Swish ist flach, und alle Steigungen davor sind 0: Dieses Neuron lernt aus diesem Beispiel nichts.',
  },
  note: 'Der kürzeste Kernel der Bibliothek, und ohne ihn gäbe es keine Backpropagation: Wurde ein Tensor zweimal verwendet, werden die Steigungen seiner Verwendungen addiert.',
  notes: {
    a: 'Was er tut, in einer Zeile: y += x.',
    b: 'Vier Zahlen auf einmal und zwei Felder: die Steigung bisher und die, die dazukommt.',
    c: 'Ein Thread für vier Zahlen. Mehr ist es nicht: von jedem Feld einmal laden, addieren, speichern.',
  },
  check: 'Die Steigungen von w, x, b und t prüfen',
  breakIt: {
    label: 'Nur die letzte Steigung behalten',
    text: 'Der Verlust ½ (w · x − t)² + ½ w² verwendet w zweimal: einmal für die Vorhersage, einmal, um das Gewicht klein zu halten. Der Gradientenabstieg sollte für x = 1 und t = 2 den Wert w = 1 finden. Was geschieht, wenn die zweite Steigung die erste ersetzt, statt addiert zu werden?',
    right:
      'Die Steigungen wurden addiert: Nach {steps} Schritten ist w = {w} und der Verlust {loss}. Das Minimum liegt bei w = 1.',
    wrong:
      'Nur die letzte Steigung wurde behalten, die von ½ w². Sie zeigt immer auf 0: Nach {steps} Schritten ist w = {w} und der Verlust {loss}. Die Vorhersage ist vergessen.',
    caption: 'w nach jedem Schritt',
  },
  questions: {
    a: {
      question: 'Warum rückwärts und nicht vorwärts?',
      answer:
        'Vorwärts müsste man für jedes Gewicht einmal rechnen: eines ändern, den Verlust berechnen, vergleichen. Rückwärts liefert ein einziger Weg die Steigungen aller Gewichte, denn sie enden alle in derselben einen Zahl, dem Verlust. Er kostet etwa doppelt so viel wie der Hinweg.',
    },
    b: {
      question: 'Was muss sich das Band merken?',
      answer:
        'Was die kleinen Ableitungen brauchen. Eine Multiplikation merkt sich beide Faktoren, Hard-Swish seinen Eingang z, eine Addition gar nichts. Deshalb braucht das Training viel mehr Speicher als das Erkennen.',
    },
    c: {
      question:
        'In der Abbildung ist die Steigung von t die von e mit umgekehrtem Vorzeichen. Wird t gelernt?',
      answer:
        'Nein. Es ist die richtige Antwort, und die darf ein Netz nicht ändern. Die Steigung gibt es trotzdem; das Band lässt sie aus, wenn niemand danach fragt.',
    },
  },
  figure: {
    table: 'Das Band',
    step: 'Stelle auf dem Band',
    forward: 'vorwärts, Schritt {step} von 5',
    done: 'der Hinweg ist fertig',
    back: 'rückwärts, Schritt {step} von 5',
    name: 'Schritt',
    value: 'Wert',
    small: 'kleine Ableitung',
    slope: 'Steigung von L',
    inputs: 'Eingänge',
    learns: 'Ein Schritt des Gradientenabstiegs mit der Lernrate 0,5 würde w von {from} auf {to} ändern.',
  },
  exercises: {
    product: {
      title: 'Die Steigungen eines Produkts',
      task: 'z = a · b, Element für Element. Zu gegebenem dz soll der Kernel erst die Steigung von a und dann die von b schreiben. Die Idee stimmt, aber jede Steigung landet beim falschen Faktor.',
      hints: {
        a: 'Wenn a um 1 wächst, um wie viel wächst dann a · b?',
        b: 'Um b. Die Steigung von a ist also dz mal b.',
      },
    },
    bias: {
      title: 'Die Steigung eines Bias',
      task: 'Ein Bias wird zu jeder Zeile einer Matrix addiert, jede seiner Zahlen wird also einmal pro Zeile verwendet. dz hat die Form [rows, columns]. Der Kernel schreibt nur die Steigung der letzten Zeile. Addiere alle Verwendungen.',
      hints: {
        a: 'Ein Thread bearbeitet eine Spalte. Er muss jede Zeile besuchen.',
        b: 'Beginne eine Summe bei 0 und addiere dz[row * params.columns + i] in einer Schleife über die Zeilen.',
      },
    },
    hand: {
      title: 'Eine Steigung von Hand',
      task: 'L = ½ (hardswish(w · x + b) − t)² mit w = 1, x = 2, b = −1,5 und t = 1. Wie groß ist ∂L/∂w, auf drei Stellen genau?',
      hints: {
        a: 'Vorwärts: z = 0,5, dann hardswish(z) = z (z + 3) / 6, dann e.',
        b: 'Rückwärts: ∂L/∂e = e, mal die Steigung z/3 + 1/2, mal x.',
      },
      solution:
        'z = 0,5, hardswish(z) = 0,5 · 3,5 / 6 = 0,2917, e = −0,7083. Die Steigung von Hard-Swish ist 0,5 / 3 + 0,5 = 0,6667. Also ist ∂L/∂w = −0,7083 · 0,6667 · 2 = −0,944.',
    },
  },
  takeaways: {
    a: 'Eine Steigung sagt, wie schnell sich der Verlust ändert, wenn sich eine einzelne Zahl ändert.',
    b: 'Auf dem Rückweg multipliziert jeder Schritt die ankommende Steigung mit seiner eigenen kleinen Ableitung.',
    c: 'Wird ein Wert mehrmals verwendet, werden die Steigungen addiert.',
  },
  difficulties: {
    a: {
      difficulty: 'Die Lernenden rechnen ∂p/∂w = w statt x.',
      help: 'Lassen Sie sie den Regler von w um 1 verschieben, während x bei 1,5 bleibt, und ablesen, um wie viel sich p ändert: 1,5.',
    },
    b: {
      difficulty: 'Sie addieren entlang eines Weges und multiplizieren zwischen den Wegen.',
      help: 'Es ist umgekehrt. Ein Bild aus Wasserrohren hilft: Entlang eines Rohrs werden Faktoren multipliziert; wo zwei Rohre zusammenkommen, addieren sich die Ströme.',
    },
    c: {
      difficulty: 'Sie glauben, der Rückweg brauche den Verlust.',
      help: 'Er beginnt mit der Steigung des Verlusts nach sich selbst, und die ist immer 1. Der Wert des Verlusts ist nur zum Anschauen da.',
    },
  },
};
