export {
  type Counted,
  isWorkingDay,
  type WorkCalendar,
  workingDaysAfter,
  workingDaysBetween,
} from './calendar.ts'
export { chinaClock, legalDay, legalMinute, shanghaiMs } from './clock.ts'
export { foodClasses } from './food-classes.ts'
export { type ChineseIdentifier, type ChineseScheme, recogniseChinese } from './identifiers.ts'
export {
  checkOperationLicence,
  checkProductionLicence,
  type OperationLicence,
  type ProductionLicence,
} from './licences.ts'
export { cityOf, countiesOf, isRegion, liuzhou, type Region, regionName, regionPath } from './regions.ts'
export { isResidentId } from './resident-id.ts'
export { type Checked, checkUscc } from './uscc.ts'
