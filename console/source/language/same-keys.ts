import type chinese from './zh.json';
import type english from './en.json';

// Compiles only while both languages have the same keys.
type Words<T> = T extends string ? string : { [Key in keyof T]: Words<T[Key]> };
type Both<A, B extends A> = B;
export type InChinese = Both<Words<typeof english>, Words<typeof chinese>>;
export type InEnglish = Both<Words<typeof chinese>, Words<typeof english>>;
