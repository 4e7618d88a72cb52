// Learning-rate schedules: how the step size changes during training.
// Large steps at first, small ones at the end. Nothing runs on the GPU here.
import { CosineAnnealingLR, OneCycleLR, StepLR } from 'feathergrad';

const totalEpochs = 30;
const schedules = {
  step: new StepLR(0.1, { stepSize: 10, gamma: 0.1 }),
  cosine: new CosineAnnealingLR(0.1),
  oneCycle: new OneCycleLR(0.1),
};
for (let epoch = 0; epoch < totalEpochs; epoch++) {
  const progress = { step: epoch, epoch, totalSteps: totalEpochs, totalEpochs };
  show(
    Object.fromEntries(Object.entries(schedules).map(([name, schedule]) => [name, schedule.rate(progress)])),
    { title: 'Learning rate by epoch' },
  );
}
