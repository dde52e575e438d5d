import { expect, test } from 'vitest'
import { planSteps } from '../src/plan.ts'
import type { Scenario, Share } from '../src/scenarios/scenario.ts'

function scenario(id: string, share: Share, subjects: readonly string[] = ['narrow']): Scenario {
  const family = id.startsWith('postgres') ? 'postgres' : 'mysql'
  return {
    id,
    title: id,
    family,
    share,
    node: null,
    subjects,
    programs: [],
    run: () => Promise.reject(new Error('this step is only planned')),
  }
}

const names = (scenarios: readonly Scenario[], rounds: number) =>
  planSteps(scenarios, rounds).map(step => `${step.subject} ${step.round} ${step.scenario.id}`)

test('scenarios take turns, round by round', () => {
  expect(names([scenario('a', 'every round'), scenario('b', 'every round')], 2)).toEqual([
    'mysql/narrow 1 a',
    'mysql/narrow 1 b',
    'mysql/narrow 2 a',
    'mysql/narrow 2 b',
  ])
})

test('scenarios that take long or decide nothing have fewer rounds', () => {
  const all = [scenario('a', 'every round'), scenario('b', 'some rounds'), scenario('c', 'one round')]
  const count = (rounds: number) =>
    all.map(({ id }) => names(all, rounds).filter(name => name.endsWith(id)).length)
  expect(count(5)).toEqual([5, 3, 1])
  expect(count(1)).toEqual([1, 1, 1])
})

test('subjects follow each other, each on its own database', () => {
  const all = [
    scenario('a', 'every round', ['narrow', 'wide']),
    scenario('postgres/b', 'every round', ['wide']),
  ]
  expect(names(all, 1)).toEqual(['mysql/narrow 1 a', 'mysql/wide 1 a', 'postgres/wide 1 postgres/b'])
})
