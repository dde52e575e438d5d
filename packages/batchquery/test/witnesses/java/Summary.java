import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.io.api.Binary;

/** What the values from one row to another have. */
final class Summary {
    /** Bounds are cut to this many bytes. The next character after the last one of a maximum may have one more. */
    private static final int LONGEST_BOUND = 64;

    final Comparator<Object> order;
    long nulls = 0;
    boolean hasNaN = false;
    Object least = null;
    Object most = null;

    Summary(Comparator<Object> order, List<Object> values) {
        this.order = order;
        for (Object value : values) {
            if (value == null) nulls++;
            else if (isNaN(value)) hasNaN = true;
            else {
                if (least == null || order.compare(value, least) < 0) least = value;
                if (most == null || order.compare(value, most) > 0) most = value;
            }
        }
    }

    boolean allows(Object low, Object high) {
        if (least == null || most == null || hasNaN) return false;
        if (least instanceof Float a) return low.equals(a == 0 ? -0f : a) && high.equals(most.equals(-0f) ? 0f : most);
        if (least instanceof Double a) return low.equals(a == 0 ? -0d : a) && high.equals(most.equals(-0d) ? 0d : most);
        if (!(least instanceof Binary a)) return low.equals(least) && high.equals(most);
        boolean isLow = a.length() <= LONGEST_BOUND
                ? low.equals(a)
                : Arrays.equals(a.getBytes(), 0, ((Binary) low).length(), ((Binary) low).getBytes(), 0, ((Binary) low).length());
        boolean isHigh = ((Binary) most).length() <= LONGEST_BOUND
                ? high.equals(most)
                : order.compare(high, most) > 0 && ((Binary) high).length() <= LONGEST_BOUND + 1;
        return isLow && isHigh;
    }

    /** Whether there may be no bounds although there are values. */
    boolean mayLackBounds() {
        return hasNaN || (most instanceof Binary binary && binary.length() > LONGEST_BOUND);
    }

    static boolean isNaN(Object value) {
        return value instanceof Float a && a.isNaN() || value instanceof Double b && b.isNaN();
    }

    @SuppressWarnings("unchecked")
    static Comparator<Object> orderOf(ColumnDescriptor column) {
        return (Comparator<Object>) (Comparator<?>) column.getPrimitiveType().comparator();
    }
}
