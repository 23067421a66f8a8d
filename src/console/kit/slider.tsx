import { useId } from 'react';

interface SliderProps {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly print: (value: number) => string;
  readonly onChange: (value: number) => void;
}

/** A slider that says where it stands. */
export function Slider({ label, min, max, step, value, print, onChange }: SliderProps) {
  const id = useId();
  return (
    <div className="slider">
      <label htmlFor={id}>{label}</label>
      <output htmlFor={id}>{print(value)}</output>
      <input
        id={id}
        type="range"
        {...{ min, max, step, value }}
        aria-valuetext={print(value)}
        onChange={({ target }) => onChange(Number(target.value))}
      />
    </div>
  );
}
