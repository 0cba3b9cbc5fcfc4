#include "base/dates.h"

#include <datetime.h>
#include <math.h>

#define MILLISECONDS_PER_DAY 86400000LL
#define MICROSECONDS_PER_DAY 86400000000LL

int dates_load(void) {
    if (!PyDateTimeAPI) PyDateTime_IMPORT;
    return PyDateTimeAPI ? 0 : -1;
}

bool dates_is_datetime(PyObject *value) { return PyDateTime_Check(value); }

/* --- the calendar: proleptic Gregorian, in eras of 400 years that begin on a 1st of March ----- */

enum { DAYS_PER_ERA = 146097, DAYS_TO_EPOCH = 719468 }; /* days from 0000-03-01 to 1970-01-01 */

static int64_t days_from_civil(int year, int month, int day) {
    year -= month <= 2;
    int64_t era = year / 400; /* here all years are positive */
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day) {
    days += DAYS_TO_EPOCH;
    int64_t era = days / DAYS_PER_ERA; /* days are not before the year 1, so this is positive */
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month + (shifted_month < 10 ? 3 : -9));
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

/* --- datetime to Date ------------------------------------------------------------------------- */

static PyObject *tzinfo_of(PyObject *datetime) {
#if PY_VERSION_HEX >= 0x030A0000
    return PyDateTime_DATE_GET_TZINFO(datetime);
#else
    PyDateTime_DateTime *fields = (PyDateTime_DateTime *)datetime;
    return fields->hastzinfo ? fields->tzinfo : Py_None;
#endif
}

static bool utc_offset(PyObject *datetime, int64_t *microseconds) {
    PyObject *tzinfo = tzinfo_of(datetime);
    *microseconds = 0;
    if (tzinfo == Py_None || tzinfo == PyDateTime_TimeZone_UTC) return true;
    PyObject *offset = PyObject_CallMethod(datetime, "utcoffset", NULL);
    if (!offset) return false;
    if (PyDelta_Check(offset)) {
        *microseconds = PyDateTime_DELTA_GET_DAYS(offset) * MICROSECONDS_PER_DAY +
                        PyDateTime_DELTA_GET_SECONDS(offset) * 1000000LL +
                        PyDateTime_DELTA_GET_MICROSECONDS(offset);
    }
    Py_DECREF(offset);
    return true;
}

jsrun_value dates_to_js(module_state *state, jsrun_entry *entry, PyObject *datetime,
                        const path_step *outer) {
    int64_t offset;
    if (!utc_offset(datetime, &offset)) return NULL;
    int64_t seconds = PyDateTime_DATE_GET_HOUR(datetime) * 3600LL +
                      PyDateTime_DATE_GET_MINUTE(datetime) * 60LL +
                      PyDateTime_DATE_GET_SECOND(datetime);
    int64_t microseconds =
        days_from_civil(PyDateTime_GET_YEAR(datetime), PyDateTime_GET_MONTH(datetime),
                        PyDateTime_GET_DAY(datetime)) *
            MICROSECONDS_PER_DAY +
        seconds * 1000000LL + PyDateTime_DATE_GET_MICROSECOND(datetime) - offset;
    int64_t milliseconds = microseconds / 1000 - (microseconds % 1000 < 0); /* rounds down */
    jsrun_value date = jsrun_date(entry, (double)milliseconds);
    if (!date) {
        path_raise(state->errors[ERROR_CONVERSION_RANGE],
                   PyUnicode_FromString("datetime is out of range for a Date"), outer);
    }
    return date;
}

/* --- Date to datetime ------------------------------------------------------------------------- */

PyObject *dates_from_js(module_state *state, double milliseconds, const path_step *outer) {
    if (isnan(milliseconds)) {
        path_raise(state->errors[ERROR_CONVERSION_RANGE],
                   PyUnicode_FromString("cannot convert an invalid Date to a datetime"), outer);
        return NULL;
    }
    int64_t total = (int64_t)milliseconds; /* a Date is at most 8.64e15 ms from 1970 */
    int64_t days = total / MILLISECONDS_PER_DAY;
    int64_t rest = total % MILLISECONDS_PER_DAY;
    if (rest < 0) {
        rest += MILLISECONDS_PER_DAY;
        days--;
    }
    if (days < days_from_civil(1, 1, 1) || days > days_from_civil(9999, 12, 31)) {
        path_raise(state->errors[ERROR_CONVERSION_RANGE],
                   PyUnicode_FromString("Date is out of range for a datetime, whose years are from "
                                        "1 to 9999"),
                   outer);
        return NULL;
    }
    int year, month, day;
    civil_from_days(days, &year, &month, &day);
    int seconds = (int)(rest / 1000);
    return PyDateTimeAPI->DateTime_FromDateAndTime(
        year, month, day, seconds / 3600, seconds / 60 % 60, seconds % 60,
        (int)(rest % 1000) * 1000, PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType);
}
