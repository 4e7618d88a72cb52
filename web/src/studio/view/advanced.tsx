import { parseSetting, type Recipe } from 'feathergrad';
import { hasShipped } from '../../lib/shipped.ts';
import { fieldOf, type SettingName } from '../../train/settings.ts';
import { NumberInput, SelectInput } from '../../ui/fields.tsx';
import { FileButton } from '../../ui/pieces.tsx';
import { isShippedNetwork, isTransfer, presetRecipe, stagesFor } from '../plan.ts';
import type { StartFrom } from '../project.ts';
import { isBusy } from '../run.ts';
import { project, startFile, update, usable } from '../store.ts';
import { chooseStartFile, effectivePlan } from '../train.ts';

const GROUPS: readonly (readonly [string, readonly SettingName[]])[] = [
  ['Network', ['model', 'variant', 'side', 'train', 'dropout']],
  ['Training', ['epochs', 'batch', 'optimizer', 'learningRate', 'schedule', 'weightDecay', 'clipNorm']],
  ['Pictures', ['validationSplit', 'augmentation', 'seed']],
  ['Loss', ['lambda', 'center', 'over', 'labelSmoothing', 'ema']],
];

/** All settings of the plan, folded. What is changed here differs from the preset until it is reset. */
export function Advanced() {
  const { plan } = project.value;
  const changed = Object.keys(plan.changes).length + (plan.start === 'shipped' ? 0 : 1);
  return (
    <details class="advanced">
      <summary>Advanced{changed > 0 && ` (${changed} changed)`}</summary>
      <form class="groups" aria-label="Settings of training" onSubmit={(event) => event.preventDefault()}>
        <button
          type="button"
          class="button"
          disabled={isBusy.value || changed === 0}
          onClick={() => update({ plan: { ...plan, start: 'shipped', changes: {} } })}
        >
          Reset to the preset
        </button>
        <fieldset>
          <legend>Start from</legend>
          <StartChoice />
        </fieldset>
        {GROUPS.map(([title, names]) => (
          <fieldset key={title}>
            <legend>{title}</legend>
            {names.filter(isShown).map((name) => (
              <Setting key={name} name={name} />
            ))}
          </fieldset>
        ))}
        <PlanSummary />
      </form>
    </details>
  );
}

function isShown(name: SettingName): boolean {
  const { changes, preset } = project.value.plan;
  const recipe = { ...presetRecipe(preset, usable.value.length), ...changes };
  if (name === 'center' || name === 'over') return (recipe.lambda ?? 0) > 0;
  if (name === 'variant') return (recipe.model ?? 'fer_mobilenetv3') === 'fer_mobilenetv3';
  return true;
}

function StartChoice() {
  const { plan } = project.value;
  const file = startFile.value;
  const options: [StartFrom, string][] = [
    ...(hasShipped && isShippedNetwork(plan.changes)
      ? [['shipped', 'Built-in weights'] as [StartFrom, string]]
      : []),
    ['random', 'Random weights'],
    ...(file ? [['file', file.name] as [StartFrom, string]] : []),
  ];
  const start = effectivePlan(project.value, file !== null).start;
  const isFresh = !isTransfer({ ...plan, start });
  return (
    <>
      <SelectInput
        label="Weights"
        value={
          options.some(([value]) => value === start) && !(isFresh && start === 'shipped') ? start : 'random'
        }
        options={options}
        disabled={isBusy.value}
        onValue={(value) => update({ plan: { ...plan, start: value as StartFrom } })}
      />
      <FileButton
        accept=".safetensors,.pth,.pt"
        disabled={isBusy.value}
        testId="start-input"
        onFiles={([chosen]) => chosen && chooseStartFile(chosen)}
      >
        Choose a weights file
      </FileButton>
    </>
  );
}

function Setting({ name }: { name: SettingName }) {
  const { plan } = project.value;
  const field = fieldOf(name);
  const usual = presetRecipe(plan.preset, usable.value.length)[name] ?? DEFAULTS[name];
  const value = plan.changes[name] ?? usual;
  const set = (text: string) => {
    const parsed = parseSetting(name, text);
    if (!('value' in parsed)) return;
    const { [name]: _, ...others } = plan.changes;
    const changes = parsed.value === usual ? others : { ...others, [name]: parsed.value };
    void update({ plan: { ...plan, changes: changes as Partial<Recipe> } });
  };
  const common = { label: field.label, disabled: isBusy.value, ...(field.hint && { hint: field.hint }) };
  if (field.kind === 'choice') {
    return <SelectInput {...common} value={String(value)} options={field.options} onValue={set} />;
  }
  return (
    <NumberInput
      {...common}
      value={Number(value)}
      parse={(text) => parseSetting(name, text)}
      onValue={(number) => set(String(number))}
    />
  );
}

/** Values of settings that the presets leave at their defaults. */
const DEFAULTS: Partial<Recipe> = {
  model: 'fer_mobilenetv3',
  variant: 'paper',
  dropout: 0.2,
  lambda: 0,
  center: 'learned',
  over: 'embedding',
  labelSmoothing: 0,
  ema: 0,
};

/** The parts of the run in words. */
function PlanSummary() {
  const pictures = usable.value.length;
  if (pictures < 4) return null;
  const stages = stagesFor(effectivePlan(project.value, startFile.value !== null), pictures);
  return (
    <p class="soft small">
      With {pictures} pictures:{' '}
      {stages
        .map(
          ({ title, recipe }) =>
            `${title.toLowerCase()} for up to ${recipe.epochs} epochs at a learning rate of ${recipe.learningRate}`,
        )
        .join('; then ')}
      , in batches of {stages[0]?.recipe.batch}.
    </p>
  );
}
