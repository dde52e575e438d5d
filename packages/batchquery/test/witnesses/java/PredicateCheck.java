import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.filter2.predicate.Operators;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.InitContext;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** Compares the rows that predicates find with the statistics, the page index and the dictionaries with those that match. */
final class PredicateCheck {
    /** Points that the predicates of one column are tried at. */
    private static final int MOST_POINTS = 8;

    private final InputFile input;
    private final MessageType schema;
    private final List<String> problems;

    PredicateCheck(InputFile input, MessageType schema, List<String> problems) {
        this.input = input;
        this.schema = schema;
        this.problems = problems;
    }

    void check(ColumnDescriptor column, List<List<Object>> values) throws Exception {
        Comparator<Object> order = Summary.orderOf(column);
        List<Object> all = values.stream().flatMap(Collection::stream).toList();
        for (Object point : pointsOf(column, values)) {
            String name = column.getPath()[0];
            check(name, "=", all, condition(column, point, "="), c -> c == 0, order, point);
            check(name, "<", all, condition(column, point, "<"), c -> c < 0, order, point);
            check(name, "<=", all, condition(column, point, "<="), c -> c <= 0, order, point);
            check(name, ">", all, condition(column, point, ">"), c -> c > 0, order, point);
            check(name, ">=", all, condition(column, point, ">="), c -> c >= 0, order, point);
        }
        if (all.isEmpty()) return;
        long nulls = all.stream().filter(Objects::isNull).count();
        FilterPredicate isNull = condition(column, null, "=");
        long found = count(column.getPath()[0], isNull);
        if (found != nulls) problems.add(column.getPath()[0] + " IS NULL: " + found + " rows, and not " + nulls);
    }

    private void check(
            String name, String operator, List<Object> all, FilterPredicate condition, IntPredicate matches, Comparator<Object> order, Object point)
            throws Exception {
        if (condition == null) return;
        // NaN is above all numbers.
        long wanted = all.stream().filter(v -> v != null && matches.test(order.compare(v, point))).count();
        long found = count(name, condition);
        if (found != wanted) problems.add(name + " " + operator + " " + point + ": " + found + " rows, and not " + wanted);
    }

    /** Reads only the column of the condition. */
    private long count(String name, FilterPredicate condition) throws Exception {
        long found = 0;
        MessageType projection = new MessageType(schema.getName(), schema.getType(name));
        try (ParquetReader<Group> reader = new Reader(input, projection).withFilter(FilterCompat.get(condition)).build()) {
            while (reader.read() != null) found++;
        }
        return found;
    }

    private static final class Reader extends ParquetReader.Builder<Group> {
        private final MessageType projection;

        Reader(InputFile file, MessageType projection) {
            super(file, new PlainParquetConfiguration());
            this.projection = projection;
        }

        @Override
        protected ReadSupport<Group> getReadSupport() {
            return new GroupReadSupport() {
                @Override
                public ReadContext init(InitContext context) {
                    return new ReadContext(projection);
                }
            };
        }
    }

    /** The bounds of each group, a value between them, and the neighbors of all these. */
    private static List<Object> pointsOf(ColumnDescriptor column, List<List<Object>> values) {
        Set<Object> points = new LinkedHashSet<>();
        for (List<Object> group : values) {
            Summary summary = new Summary(Summary.orderOf(column), group);
            if (summary.least == null) continue;
            Object middle = group.get(group.size() / 2);
            points.add(summary.least);
            points.add(summary.most);
            if (middle != null && !Summary.isNaN(middle)) points.add(middle);
            addNeighbors(points, summary.most);
            addNeighbors(points, summary.least);
        }
        return points.stream().limit(MOST_POINTS).toList();
    }

    private static void addNeighbors(Set<Object> points, Object value) {
        if (value instanceof Integer number) points.addAll(List.of(number - 1, number + 1));
        if (value instanceof Long number) points.addAll(List.of(number - 1, number + 1));
        if (value instanceof Float number) points.addAll(List.of(Math.nextUp(number), Math.nextDown(number)));
        if (value instanceof Double number) points.addAll(List.of(Math.nextUp(number), Math.nextDown(number)));
        if (value instanceof Binary binary && binary.length() != 16) {
            byte[] bytes = binary.getBytes();
            points.add(Binary.fromConstantByteArray(Arrays.copyOf(bytes, bytes.length + 1)));
            points.add(Binary.fromConstantByteArray(Arrays.copyOf(bytes, Math.min(bytes.length, 20))));
        }
    }

    private static FilterPredicate condition(ColumnDescriptor column, Object point, String operator) {
        String name = column.getPath()[0];
        PrimitiveTypeName type = column.getPrimitiveType().getPrimitiveTypeName();
        switch (type) {
            case BOOLEAN: return operator.equals("=") ? FilterApi.eq(FilterApi.booleanColumn(name), (Boolean) point) : null;
            case INT32: return compared(FilterApi.intColumn(name), (Integer) point, operator);
            case INT64: return compared(FilterApi.longColumn(name), (Long) point, operator);
            case FLOAT: return compared(FilterApi.floatColumn(name), (Float) point, operator);
            case DOUBLE: return compared(FilterApi.doubleColumn(name), (Double) point, operator);
            default: return compared(FilterApi.binaryColumn(name), (Binary) point, operator);
        }
    }

    private static <T extends Comparable<T>, C extends Operators.Column<T> & Operators.SupportsLtGt> FilterPredicate compared(
            C column, T point, String operator) {
        switch (operator) {
            case "=": return FilterApi.eq((Operators.Column<T> & Operators.SupportsEqNotEq) column, point);
            case "<": return FilterApi.lt(column, point);
            case "<=": return FilterApi.ltEq(column, point);
            case ">": return FilterApi.gt(column, point);
            default: return FilterApi.gtEq(column, point);
        }
    }
}
