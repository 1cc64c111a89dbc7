import { Button } from "./button";
export const View: FC<Props> = ({ title }) => {
  return <Button onClick={() => go()}>{title}</Button>;
};
export function Page(props: Props) { return <View title="x" />; }
