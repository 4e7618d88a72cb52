import type { RecipeName } from 'feathergrad';
import { NumberInput, SelectInput } from '../../ui/fields.tsx';
import { Choice } from '../../ui/pieces.tsx';
import { RECIPE_CHOICES, recipeOf } from '../recipe-settings.ts';
import { FIELDS, parseSetting, type SettingName, type Settings } from '../settings.ts';
import { isBusy, set, settings, useRecipe } from '../store.ts';
import { DataChoice } from './data-choice.tsx';
import { StartFrom } from './start-from.tsx';

/** All settings of a run. They rest while one is under way. */
export function SetUp() {
  const { data, optimizer: _, lambda } = settings.value;
  return (
    <form class="set-up" aria-label="Set-up" onSubmit={(event) => event.preventDefault()}>
      <section>
        <h2>Pictures</h2>
        <Choice
          label="Pictures"
          value={data}
          options={(FIELDS.data as { options: readonly (readonly [Settings['data'], string])[] }).options}
          disabled={isBusy.value}
          onChange={(value) => set('data', value)}
        />
        <DataChoice />
        {data === 'drawn' && <Setting name="pictures" />}
        {data === 'ferplus' ? <Setting name="rule" /> : <Setting name="valid" />}
      </section>
      <section>
        <h2>Network</h2>
        <Setting name="variant" />
        <Setting name="side" />
        <StartFrom />
      </section>
      <section>
        <h2>Training</h2>
        <SelectInput
          label="Recipe"
          value={recipeOf(settings.value)}
          options={RECIPE_CHOICES}
          disabled={isBusy.value}
          onValue={(name) => name !== 'own' && useRecipe(name as RecipeName | 'quick')}
        />
        <Setting name="epochs" />
        <Setting name="batch" />
        <Setting name="optimizer" />
        <Setting name="lr" />
        <Setting name="schedule" />
        {data !== 'drawn' && <Setting name="augment" />}
        <Setting name="seed" />
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
            <Setting name="smoothing" />
            <Setting name="dropout" />
            <Setting name="decay" />
            <Setting name="clip" />
            <Setting name="ema" />
            <Setting name="mirror" />
            <Setting name="momentum" />
            <Setting name="zero" />
          </div>
        </details>
      </section>
    </form>
  );
}

function Setting({ name }: { name: SettingName }) {
  const field = FIELDS[name];
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
