import { parseSetting, type RecipeName } from 'feathergrad';
import { NumberInput, SelectInput } from '../../ui/fields.tsx';
import { Choice } from '../../ui/pieces.tsx';
import { RECIPE_CHOICES, recipeNameOf } from '../recipe-settings.ts';
import { DATA_KINDS, fieldOf, type SettingName } from '../settings.ts';
import { isBusy, resetSettings, set, settings, useRecipe } from '../store.ts';
import { DataChoice } from './data-choice.tsx';
import { StartFrom } from './start-from.tsx';
import { Tune } from './tune.tsx';

/** All settings of a run. They are disabled while training. */
export function SetUp() {
  const { data, lambda, model } = settings.value;
  return (
    <form class="set-up" aria-label="Settings" onSubmit={(event) => event.preventDefault()}>
      <section>
        <h2>Pictures</h2>
        <Choice
          label="Pictures"
          value={data}
          options={DATA_KINDS}
          disabled={isBusy.value}
          onChange={(value) => set('data', value)}
        />
        <DataChoice />
        {data === 'drawn' && <Setting name="pictures" />}
        {data === 'ferplus' ? <Setting name="labels" /> : <Setting name="validationSplit" />}
      </section>
      <section>
        <h2>Training</h2>
        <SelectInput
          label="Preset"
          value={recipeNameOf(settings.value)}
          options={RECIPE_CHOICES}
          disabled={isBusy.value}
          onValue={(name) => name !== 'own' && useRecipe(name as RecipeName | 'quick')}
        />
        <Setting name="epochs" />
        <Setting name="batch" />
        <Setting name="learningRate" />
        {data !== 'drawn' && <Setting name="augmentation" />}
        <details>
          <summary>Optimizer</summary>
          <div class="more">
            <Setting name="optimizer" />
            <Setting name="schedule" />
            <Setting name="weightDecay" />
            <Setting name="clipNorm" />
            <Setting name="ema" />
            <Setting name="sam" />
            <Setting name="recompute" />
            <Setting name="seed" />
          </div>
        </details>
      </section>
      <section>
        <h2>Network</h2>
        <Setting name="model" />
        {model === 'fer_mobilenetv3' && <Setting name="variant" />}
        <Setting name="side" />
        <StartFrom />
        <Setting name="train" />
        <details>
          <summary>More about the network</summary>
          <div class="more">
            <Setting name="dropout" />
            <Setting name="bnMomentum" />
            <Setting name="zeroInitResidual" />
          </div>
        </details>
      </section>
      <section>
        <h2>Loss</h2>
        <Setting name="lambda" />
        {lambda > 0 && (
          <>
            <Setting name="center" />
            <Setting name="over" />
          </>
        )}
        <details>
          <summary>More</summary>
          <div class="more">
            <Setting name="labelSmoothing" />
            <Setting name="mirror" />
          </div>
        </details>
      </section>
      <Tune />
      <button type="button" class="button" disabled={isBusy.value} onClick={resetSettings}>
        Reset all settings
      </button>
    </form>
  );
}

function Setting({ name }: { name: SettingName }) {
  const field = fieldOf(name);
  const value = settings.value[name];
  const common = { label: field.label, disabled: isBusy.value, ...(field.hint && { hint: field.hint }) };
  if (field.kind === 'choice') {
    return (
      <SelectInput
        {...common}
        value={String(value)}
        options={field.options}
        onValue={(text) => set(name, text)}
      />
    );
  }
  return (
    <NumberInput
      {...common}
      value={Number(value)}
      parse={(text) => parseSetting(name, text)}
      onValue={(number) => set(name, number)}
    />
  );
}
