import { describe, expect, test } from 'vitest'
import { executionArn, parseExecutionArn } from '../../../src/engine/fargate/fan-out/executions.ts'
import { lostMachines } from '../../../src/engine/fargate/fan-out/lost-machines.ts'

const MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:batchquery-machines'

describe('executionArn', () => {
  test('returns one name for one export, which parseExecutionArn reads', () => {
    const arn = executionArn(MACHINE, '20261123-021545-7k3f9q', '0001-0002', 1)
    expect(parseExecutionArn(arn)).toEqual({
      region: 'eu-central-1',
      stateMachine: MACHINE,
      name: '20261123-021545-7k3f9q-0001-0002-1',
    })
  })

  test('keeps the export and the number when the id of the run is long', () => {
    const { name } = parseExecutionArn(executionArn(MACHINE, 'x'.repeat(80), '0001-0002', 3))
    expect(name).toHaveLength(80)
    expect(name).toMatch(/-0001-0002-3$/)
  })

  test.each(['', 'batchquery-machines', MACHINE.replace('stateMachine', 'execution')])(
    'refuses %j',
    stateMachine => {
      expect(() => executionArn(stateMachine, 'r1', '0001-0001', 1)).toThrow(
        /is not the ARN of a state machine/,
      )
    },
  )
})

test('parseExecutionArn refuses an ARN of another service', () => {
  expect(() => parseExecutionArn('arn:aws:ecs:eu-central-1:123456789012:task/a/b')).toThrow(
    /is not an execution/,
  )
})

describe('lostMachines', () => {
  const item = (cause: unknown) =>
    JSON.stringify([
      { worker: '1', run: 'r' },
      { worker: '2', error: 'States.TaskFailed', cause: JSON.stringify(cause) },
    ])

  test('returns what ECS says of a machine that ran out of memory', () => {
    const cause = {
      TaskArn: 'arn:aws:ecs:eu-central-1:123456789012:task/batchquery-fg/abc',
      StopCode: 'EssentialContainerExited',
      Containers: [{ ExitCode: 137, Reason: 'OutOfMemoryError: Container killed due to memory usage' }],
    }
    expect(lostMachines(item(cause))).toEqual([
      {
        worker: '2',
        isOutOfMemory: true,
        why: 'machine 2 was lost (ECS task abc, stopCode EssentialContainerExited, "OutOfMemoryError: Container killed due to memory usage", exit code 137)',
      },
    ])
  })

  test('returns a Spot stop as none of memory', () => {
    const cause = { StopCode: 'SpotInterruption', StoppedReason: 'Your Spot Task was interrupted.' }
    expect(lostMachines(item(cause))).toMatchObject([{ worker: '2', isOutOfMemory: false }])
  })

  test.each(['', 'null', '{}', '[1]', '[{"worker":1}]'])('returns none for the output %j', output => {
    expect(lostMachines(output)).toEqual([])
  })
})
