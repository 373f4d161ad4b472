import { complaint } from './areas/co-governance/records/complaint.ts'
import { adoptStandardRules } from './areas/devices/operations/adopt-standard-rules.ts'
import { alarmStatistics } from './areas/devices/operations/alarm-statistics.ts'
import { cameraWall } from './areas/devices/operations/camera-wall.ts'
import { deviceBoard, seeDevice } from './areas/devices/operations/device-board.ts'
import { excursionsOfLots } from './areas/devices/operations/excursions-of-lots.ts'
import { followDeviceState } from './areas/devices/operations/follow-device-state.ts'
import { issueStreamKey } from './areas/devices/operations/issue-stream-key.ts'
import { noteAlarmActs } from './areas/devices/operations/note-alarm-acts.ts'
import { seeSitePlan } from './areas/devices/operations/see-site-plan.ts'
import { sendCommand } from './areas/devices/operations/send-command.ts'
import { takeSnapshot } from './areas/devices/operations/take-snapshot.ts'
import { tryAlarmRule } from './areas/devices/operations/try-alarm-rule.ts'
import { watchCamera } from './areas/devices/operations/watch-camera.ts'
import { aiFinding } from './areas/devices/records/ai-finding.ts'
import { alarmRule } from './areas/devices/records/alarm-rule.ts'
import { deviceAlarm } from './areas/devices/records/device-alarm.ts'
import { fieldDevice } from './areas/devices/records/field-device.ts'
import { sitePlan } from './areas/devices/records/site-plan.ts'
import { videoCamera } from './areas/devices/records/video-camera.ts'
import { videoSnapshot } from './areas/devices/records/video-snapshot.ts'
import { notifyUnfitCheck } from './areas/kitchen/operations/notify-unfit-check.ts'
import { coreTemperature } from './areas/kitchen/records/core-temperature.ts'
import { gasCheck } from './areas/kitchen/records/gas-check.ts'
import { morningCheck } from './areas/kitchen/records/morning-check.ts'
import { oilCheck } from './areas/kitchen/records/oil-check.ts'
import { purchaseOrder } from './areas/kitchen/records/purchase-order.ts'
import { ratBoardCheck } from './areas/kitchen/records/rat-board-check.ts'
import { retainedSample } from './areas/kitchen/records/retained-sample.ts'
import { scaleReceipt } from './areas/kitchen/records/scale-receipt.ts'
import { uvDisinfection } from './areas/kitchen/records/uv-disinfection.ts'
import { issueCodes } from './areas/packaged-food/operations/issue-codes.ts'
import { notifyUnprovenReceipt } from './areas/packaged-food/operations/notify-unproven-receipt.ts'
import { packCodes } from './areas/packaged-food/operations/pack-codes.ts'
import { receiveMaterial } from './areas/packaged-food/operations/receive-material.ts'
import { tellSignals } from './areas/packaged-food/operations/tell-signals.ts'
import { materialReceipt } from './areas/packaged-food/records/material-receipt.ts'
import { practitioner } from './areas/people/records/practitioner.ts'
import { catalogueEntry } from './areas/registry/records/catalogue-entry.ts'
import { merchant } from './areas/registry/records/merchant.ts'
import { product } from './areas/registry/records/product.ts'
import { site } from './areas/registry/records/site.ts'
import { subject } from './areas/registry/records/subject.ts'
import { claimEventsOfOwner } from './areas/response/operations/claim-events.ts'
import { endHold } from './areas/response/operations/end-hold.ts'
import { previewRecall } from './areas/response/operations/preview-recall.ts'
import { recallProgress } from './areas/response/operations/recall-progress.ts'
import { recallReport } from './areas/response/operations/recall-report.ts'
import { settleEvent } from './areas/response/operations/settle-event.ts'
import { startRecall } from './areas/response/operations/start-recall.ts'
import { watchRecalls } from './areas/response/operations/watch-recalls.ts'
import { recallOrder } from './areas/response/records/recall-order.ts'
import { recallTask } from './areas/response/records/recall-task.ts'
import { unconfirmedEvent } from './areas/response/records/unconfirmed-event.ts'
import { announcementReach } from './areas/supervision/operations/announcement-reach.ts'
import { listAnnouncements } from './areas/supervision/operations/list-announcements.ts'
import { confirmAnnouncement, readAnnouncement } from './areas/supervision/operations/read-announcement.ts'
import { tellAnnouncement } from './areas/supervision/operations/tell-announcement.ts'
import { announcement } from './areas/supervision/records/announcement.ts'
import { inspection } from './areas/supervision/records/inspection.ts'
import { inspectionTemplate } from './areas/supervision/records/inspection-template.ts'
import { samplingTest } from './areas/supervision/records/sampling-test.ts'
import { decodeFrame } from './areas/upkeep/operations/decode-frame.ts'
import { approvalFlow } from './areas/upkeep/records/approval-flow.ts'
import { dataDestruction } from './areas/upkeep/records/data-destruction.ts'
import { riskAssessment } from './areas/upkeep/records/risk-assessment.ts'
import { storageMedium } from './areas/upkeep/records/storage-medium.ts'
import { systemUpgrade } from './areas/upkeep/records/system-upgrade.ts'
import type { Kind } from './language/index.ts'
import type { CreateOperation, Operation, Reaction, Timed } from './platform/operation.ts'

export type Area = { name: string; title: string; kinds: readonly Kind[]; operations?: readonly Operation[] }

/** The one written list: areas in the order of the menu, each with its kinds and operations. */
export const areas: readonly Area[] = [
  { name: 'registry', title: '监管对象', kinds: [subject, merchant, site, product, catalogueEntry] },
  { name: 'packaged-food', title: '预包装食品', kinds: [materialReceipt], operations: [issueCodes, packCodes] },
  {
    name: 'kitchen',
    title: '智慧食安',
    kinds: [
      morningCheck,
      retainedSample,
      coreTemperature,
      oilCheck,
      uvDisinfection,
      gasCheck,
      ratBoardCheck,
      purchaseOrder,
      scaleReceipt,
    ],
  },
  {
    name: 'devices',
    title: '设备与报警',
    kinds: [sitePlan, fieldDevice, alarmRule, deviceAlarm, aiFinding, videoCamera, videoSnapshot],
    operations: [
      deviceBoard,
      seeSitePlan,
      alarmStatistics,
      excursionsOfLots,
      cameraWall,
      watchCamera,
      issueStreamKey,
      seeDevice,
      sendCommand,
      tryAlarmRule,
      adoptStandardRules,
    ],
  },
  { name: 'people', title: '从业人员', kinds: [practitioner] },
  {
    name: 'supervision',
    title: '政府监管',
    kinds: [inspection, inspectionTemplate, samplingTest, announcement],
    operations: [listAnnouncements, readAnnouncement, confirmAnnouncement, announcementReach],
  },
  {
    name: 'response',
    title: '应急召回',
    kinds: [recallOrder, recallTask, unconfirmedEvent],
    operations: [previewRecall, startRecall, recallProgress, recallReport],
  },
  { name: 'co-governance', title: '社会共治', kinds: [complaint] },
  {
    name: 'upkeep',
    title: '运行维护',
    kinds: [approvalFlow, storageMedium, dataDestruction, systemUpgrade, riskAssessment],
    operations: [decodeFrame],
  },
]

export const kinds: readonly Kind[] = areas.flatMap((area) => area.kinds)
export const operations: readonly Operation[] = areas.flatMap((area) => area.operations ?? [])

/** What orders others to do something: given under its author's own signature unless the policy says otherwise. */
export const orders: readonly string[] = [recallOrder.name, startRecall.name]

/** Kinds whose records are themselves owners of other records. */
export const ownerKinds: ReadonlySet<string> = new Set(kinds.filter((kind) => kind.isOwner).map((kind) => kind.name))

/** Kinds whose creation writes more than the record. */
export const createOperations: readonly CreateOperation[] = [receiveMaterial, takeSnapshot]

/** What follows the change feed. */
export const reactions: readonly Reaction[] = [
  noteAlarmActs,
  followDeviceState,
  claimEventsOfOwner,
  settleEvent,
  endHold,
  notifyUnfitCheck,
  notifyUnprovenReceipt,
  tellAnnouncement,
]

/** The kind whose records are the templates of approval flows. */
export const flows: Kind = approvalFlow

/** What the areas do by the clock. */
export const timed: readonly Timed[] = [
  { name: 'recalls', title: '催办召回', schedule: { everySeconds: 2 }, run: watchRecalls },
  { name: 'code-signals', title: '提示疑似仿冒', schedule: { everySeconds: 10 }, run: tellSignals },
]
